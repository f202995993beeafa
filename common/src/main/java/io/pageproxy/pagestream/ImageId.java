package io.pageproxy.pagestream;

/**
 * The target of a record's {@code dst_id}: the pagemap of a process or of a shared memory object.
 * On the wire it is {@code id << 8 | type}; older CRIU versions used other numbers for the same two
 * types ({@code decode_pm} in {@code criu/page-xfer.c}).
 *
 * @param kind process or shared memory
 * @param id the process id in its namespace, 1 to 2^56 - 1, or CRIU's number of the shared memory
 *     object, 0 to 2^56 - 1: for a System V segment it is the segment's id, and the first segment
 *     of an IPC namespace has id 0
 */
public record ImageId(Kind kind, long id) {

    /** Owner of the pages of an image. */
    public enum Kind {
        PROCESS,
        SHARED_MEMORY
    }

    private static final int TYPE_BITS = 8;
    private static final int TYPE_MASK = (1 << TYPE_BITS) - 1;
    private static final int TYPE_PROCESS = 1;
    private static final int TYPE_SHARED_MEMORY = 2;

    /**
     * Decodes a {@code dst_id}.
     *
     * @return null if no CRIU version sends this type, or for a process with the impossible id 0
     */
    public static ImageId ofDstId(long dstId) {
        long id = dstId >>> TYPE_BITS;
        return switch ((int) dstId & TYPE_MASK) {
            case TYPE_PROCESS, 10, 11, 16, 17 -> id == 0 ? null : new ImageId(Kind.PROCESS, id);
            case TYPE_SHARED_MEMORY, 27, 28, 29, 32, 33, 34 -> new ImageId(Kind.SHARED_MEMORY, id);
            default -> null;
        };
    }

    /** Encodes this as a {@code dst_id} of current CRIU versions. */
    public long toDstId() {
        return id << TYPE_BITS | (kind == Kind.PROCESS ? TYPE_PROCESS : TYPE_SHARED_MEMORY);
    }

    /** Name of the pagemap image that CRIU writes for it. */
    public String pagemapFileName() {
        return (kind == Kind.PROCESS ? "pagemap-" : "pagemap-shmem-") + id + ".img";
    }

    @Override
    public String toString() {
        return (kind == Kind.PROCESS ? "process " : "shared memory ") + id;
    }
}
