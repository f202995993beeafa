/**
 * A session's images on the destination's disk: claiming the folder, recording what the stream
 * carried, reading and checking the page server's images, and syncing them. Blocking file
 * operations for worker threads, except for {@link io.pageproxy.dest.images.ImagesLedger}, which
 * runs on the stream's thread, and the non-blocking methods of {@link
 * io.pageproxy.dest.images.WrittenPages}.
 *
 * <p>Depends on the types of the page stream and the session, and on {@link
 * io.pageproxy.process.CachedFile}; knows nothing of sockets, children or options.
 */
package io.pageproxy.dest.images;
