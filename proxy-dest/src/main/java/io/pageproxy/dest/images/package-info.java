/**
 * The images of one session on the destination's disk: the folder that the session claims, what its
 * stream promised of each image, what the page server wrote, whether the two agree, and making the
 * images durable. File operations block and run on workers; only {@link
 * io.pageproxy.dest.images.ImagesLedger} belongs to the event loop of the stream.
 *
 * <p>Depends on the page stream's and the session's types, on {@code dest.pagemap}, and on {@code
 * posix}. It knows nothing of sockets, children or options.
 */
package io.pageproxy.dest.images;
