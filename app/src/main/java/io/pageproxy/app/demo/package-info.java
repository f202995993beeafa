/**
 * {@code pageproxy demo}: a complete, verified migration on one machine. May depend on both
 * proxies, the example PKI and the simulator; only the command class uses picocli.
 */
package io.pageproxy.app.demo;
