/**
 * Blocks of the plain stream, encoded for the wire and decoded: compression, sequence and checksum.
 * Depends on deduplication and on the frames.
 */
package io.pageproxy.codec;
