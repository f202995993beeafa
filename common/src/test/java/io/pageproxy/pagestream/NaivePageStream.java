package io.pageproxy.pagestream;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Reference implementation of the page stream, written from DESIGN.md: it reads the whole stream at
 * once with arithmetic of unlimited size and shares no code with {@link PageStreamParser}. Every
 * reply arrives immediately.
 */
final class NaivePageStream {
    private static final Set<Integer> PROCESS_TYPES = Set.of(1, 10, 11, 16, 17);
    private static final Set<Integer> SHARED_MEMORY_TYPES = Set.of(2, 27, 28, 29, 32, 33, 34);
    private static final BigInteger END_OF_ADDRESSES = BigInteger.TWO.pow(64);

    private final int pageSizeBytes;
    private final ByteBuffer in;
    private int recordBytes;
    private long openDstId;
    private boolean ended;

    /** The records in order, as text. */
    final List<String> records = new ArrayList<>();

    /** Ranges of page content: alternating start and end offsets in the stream. */
    final List<Integer> pages = new ArrayList<>();

    /** Whether the stream is invalid; the rest is then not read. */
    final boolean broken;

    long processes;
    long sharedMemories;
    long presentPages;
    long parentPages;

    NaivePageStream(byte[] stream, int pageSizeBytes) {
        this.pageSizeBytes = pageSizeBytes;
        this.in = ByteBuffer.wrap(stream).order(ByteOrder.LITTLE_ENDIAN);
        this.broken = !readAll();
    }

    /** Number of bytes that belong to complete records and pages. */
    int consumedBytes() {
        return in.position();
    }

    private boolean readAll() {
        while (in.hasRemaining()) {
            if (ended) {
                return false;
            }
            if (in.remaining() < 24) {
                return true;
            }
            if (records.isEmpty()) {
                int command = command();
                if (command != 4 && command != 5) {
                    return false;
                }
                recordBytes = in.getLong(16) != 0 ? 24 : 32;
            }
            if (in.remaining() < recordBytes) {
                return true;
            }
            if (!readRecord()) {
                return false;
            }
        }
        return true;
    }

    private int command() {
        return Short.toUnsignedInt(in.getShort(in.position()));
    }

    private boolean readRecord() {
        int at = in.position();
        int command = command();
        int flags = Short.toUnsignedInt(in.getShort(at + 2));
        boolean small = recordBytes == 24;
        long nrPages = small ? Integer.toUnsignedLong(in.getInt(at + 4)) : in.getLong(at + 8);
        long vaddr = in.getLong(at + (small ? 8 : 16));
        long dstId = in.getLong(at + (small ? 16 : 24));
        boolean good =
                switch (command) {
                    case 4, 5 ->
                            nrPages == 0 && vaddr == 0 && flags == 0 && open(command == 4, dstId);
                    case 6 -> dstId == openDstId && dstId != 0 && run(flags, nrPages, vaddr);
                    default -> command == 0x1023 || command == 0x1024;
                };
        if (!good) {
            return false;
        }
        ended = command > 6;
        records.add(command + " " + flags + " " + nrPages + " " + vaddr + " " + dstId);
        in.position(at + recordBytes);
        if (command == 6 && (flags & 4) != 0) {
            skipPages(nrPages);
        }
        return true;
    }

    private boolean open(boolean reallyOpens, long dstId) {
        int type = (int) (dstId & 0xff);
        boolean process = PROCESS_TYPES.contains(type);
        boolean known = process ? dstId >>> 8 != 0 : SHARED_MEMORY_TYPES.contains(type);
        if (!known) {
            return false;
        }
        if (reallyOpens) {
            openDstId = dstId;
            processes += process ? 1 : 0;
            sharedMemories += process ? 0 : 1;
        }
        return true;
    }

    private boolean run(int flags, long nrPages, long vaddr) {
        BigInteger start = new BigInteger(Long.toUnsignedString(vaddr));
        BigInteger bytes = BigInteger.valueOf(nrPages).multiply(BigInteger.valueOf(pageSizeBytes));
        boolean good =
                flags >= 1
                        && flags <= 7
                        && nrPages >= 1
                        && nrPages <= 1L << 46
                        && Long.remainderUnsigned(vaddr, pageSizeBytes) == 0
                        && start.add(bytes).compareTo(END_OF_ADDRESSES) <= 0;
        if (good) {
            presentPages += (flags & 4) != 0 ? nrPages : 0;
            parentPages += (flags & 4) == 0 && (flags & 1) != 0 ? nrPages : 0;
        }
        return good;
    }

    private void skipPages(long nrPages) {
        int bytes = (int) Math.min(nrPages * pageSizeBytes, in.remaining());
        if (bytes > 0) {
            pages.add(in.position());
            pages.add(in.position() + bytes);
        }
        in.position(in.position() + bytes);
    }
}
