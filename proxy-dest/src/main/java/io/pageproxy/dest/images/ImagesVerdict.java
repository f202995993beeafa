package io.pageproxy.dest.images;

/**
 * Images that were found whole.
 *
 * @param images processes and shared memory objects
 * @param pages pages whose content is in the pages images
 * @param pageBytes the same in bytes
 */
public record ImagesVerdict(long images, long pages, long pageBytes) {}
