/**
 * The images of one session on the destination's disk: the folder that it claims, what its stream
 * promised of each image, what the page server's images hold, whether the two agree, and making
 * them durable. Blocking file work, for worker threads; only {@link
 * io.pageproxy.dest.images.ImagesLedger} is made for the thread of the stream, and of {@link
 * io.pageproxy.dest.images.WrittenPages} what says that it never waits.
 *
 * <p>Depends on the page stream's and the session's types, and on {@link
 * io.pageproxy.process.CachedFile}. It knows nothing of sockets, children or options.
 */
package io.pageproxy.dest.images;
