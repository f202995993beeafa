package io.pageproxy.dest.pagemap;

import io.pageproxy.pagestream.PageFlags;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Summarises the page ranges of an image in constant memory. Adjacent ranges with equal flags are
 * joined before they are hashed, so that images compare equal to the stream even if the page server
 * splits or joins ranges. Not thread-safe.
 *
 * <pre>
 *  hashed for each joined run, big-endian: u64 vaddr | u64 nr_pages | u32 flags
 * </pre>
 */
public final class RunsDigest implements Runs {
    private static final int RUN_BYTES = Long.BYTES + Long.BYTES + Integer.BYTES;

    private final int pageSizeBytes;
    private final MessageDigest sha256 = newSha256();
    private final ByteBuffer hashed = ByteBuffer.allocate(RUN_BYTES);

    private int flags;
    private long vaddr;
    private long nrPages;

    private long runs;
    private long presentPages;
    private long parentPages;
    private long lazyPages;

    public RunsDigest(int pageSizeBytes) {
        this.pageSizeBytes = pageSizeBytes;
    }

    @Override
    public void add(int flags, long vaddr, long nrPages) {
        count(flags, nrPages);
        if (continues(flags, vaddr)) {
            this.nrPages += nrPages;
            return;
        }
        hashRun();
        this.flags = flags;
        this.vaddr = vaddr;
        this.nrPages = nrPages;
    }

    /** Returns the summary; nothing may be added afterwards. */
    public RunsSummary finish() {
        hashRun();
        return new RunsSummary(
                runs,
                presentPages,
                parentPages,
                lazyPages,
                HexFormat.of().formatHex(sha256.digest()));
    }

    private boolean continues(int flags, long vaddr) {
        long endVaddr = this.vaddr + nrPages * pageSizeBytes;
        boolean atEndOfAddressSpace = endVaddr == 0;
        return nrPages != 0 && flags == this.flags && vaddr == endVaddr && !atEndOfAddressSpace;
    }

    private void count(int flags, long nrPages) {
        if ((flags & PageFlags.PRESENT) != 0) {
            presentPages += nrPages;
        } else if ((flags & PageFlags.PARENT) != 0) {
            parentPages += nrPages;
        } else {
            lazyPages += nrPages;
        }
    }

    private void hashRun() {
        if (nrPages == 0) {
            return;
        }
        sha256.update(hashed.clear().putLong(vaddr).putLong(nrPages).putInt(flags).flip());
        runs++;
    }

    private static MessageDigest newSha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
