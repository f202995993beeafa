/**
 * Receives files on a connection and writes them into the folder of a session's images. May depend
 * on {@code dest.images} and {@code dest.session}.
 */
package io.pageproxy.dest.files;
