/**
 * Blocks of the plain stream, coded for the wire and back: compression, sequence and checksum.
 * Depends on the frames.
 */
package io.pageproxy.codec;
