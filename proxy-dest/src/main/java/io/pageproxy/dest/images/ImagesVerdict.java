package io.pageproxy.dest.images;

/**
 * Totals of images that passed the check.
 *
 * @param images number of processes and shared memory objects
 * @param pages number of pages in the pages images
 * @param pageBytes their length in bytes
 */
public record ImagesVerdict(long images, long pages, long pageBytes) {}
