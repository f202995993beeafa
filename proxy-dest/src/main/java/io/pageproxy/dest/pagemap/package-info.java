/**
 * CRIU's pagemap images: the runs of pages that an image describes, and their digest.
 *
 * <p>Depends on the JDK only.
 */
package io.pageproxy.dest.pagemap;
