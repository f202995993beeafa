/**
 * End-to-end tests that act like an operator: the built distribution as separate processes for
 * destination and source, real CRIU, and real processes that verify their own memory. They call no
 * code of the proxies, so that a test cannot share a mistake with the code under test.
 */
package io.pageproxy.it;
