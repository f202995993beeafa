package io.pageproxy.pagestream;

/** Pagemap flags as CRIU writes them ({@code PE_*} in {@code criu/include/pagemap.h}). */
public final class PageFlags {
    /** The pages are in the parent images. */
    public static final int PARENT = 1;

    /** The pages may be fetched on demand. */
    public static final int LAZY = 2;

    /** The pages' content follows the record. */
    public static final int PRESENT = 4;

    /** All known flags. */
    public static final int ALL = PARENT | LAZY | PRESENT;

    private PageFlags() {}
}
