/**
 * End to end, like an operator: the built distribution as separate processes for destination and
 * source, real CRIU, real processes that check their own memory. Nothing of the proxies' code is
 * called from here, so that a test and the code it tests cannot share a mistake.
 */
package io.pageproxy.it;
