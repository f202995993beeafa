/**
 * Both ends of CRIU's page stream without CRIU, for the demo, tests and benchmarks: sets of pages
 * made from a seed, a dumper that sends them, and page servers that write real images of them and,
 * when asked, misbehave. May depend on {@code common} and {@code proxy-dest}; the proxies know
 * nothing of it.
 */
package io.pageproxy.testkit;
