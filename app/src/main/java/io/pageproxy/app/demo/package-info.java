/**
 * {@code pageproxy demo}: the main job on one machine, start to end, and proved. It may depend on
 * both proxies, the example PKI and the simulator; only the command's own class knows picocli.
 */
package io.pageproxy.app.demo;
