/**
 * Benchmarks of single stages of the pair, by JMH: each does what a session does for one block or
 * one frame, on one thread. In those that say so an operation is a byte of the plain stream, so
 * that JMH's {@code ops/us} are MB/s. It may depend on everything; nothing depends on it.
 */
package io.pageproxy.bench;
