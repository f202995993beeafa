/**
 * JMH benchmarks of single stages of the pair: each does what a session does for one block or one
 * frame, on one thread. In those that say so an operation is a byte of the plain stream, so that
 * JMH's {@code ops/us} are MB/s. May depend on everything; nothing depends on it.
 */
package io.pageproxy.bench;
