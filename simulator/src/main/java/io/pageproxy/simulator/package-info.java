/**
 * Both ends of CRIU's page stream without CRIU, for the demo, tests and benchmarks: generated page
 * sets, a dumper that sends them, and page servers that write real images and can misbehave on
 * request. May depend on {@code common} and {@code proxy-dest}; the proxies do not depend on it.
 */
package io.pageproxy.simulator;
