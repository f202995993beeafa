package io.pageproxy.app.demo;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * CRIU's statistics of a dump, from its image {@code stats-dump}. Source: {@code
 * images/stats.proto}, {@code criu/include/magic.h} and {@code criu/protobuf.c} of CRIU.
 *
 * <pre>
 *  u32 0x55105940 | u32 0x57093306           little-endian, as all u32 here
 *  u32 length | stats_entry { 1: dump_stats_entry { 1: uint32 freezing_time  2: uint32 frozen_time
 *                                                   3: uint32 memdump_time   ... in microseconds } }
 * </pre>
 *
 * @param frozenMicros time for which the tasks were frozen
 */
record DumpStats(long frozenMicros) {
    /** File name in the dump's images directory. */
    static final String FILE_NAME = "stats-dump";

    private static final int SERVICE_MAGIC = 0x55105940;
    private static final int STATS_MAGIC = 0x57093306;
    private static final int STATS_DUMP = 1;
    private static final int DUMP_FROZEN_TIME = 2;
    private static final long MAX_FILE_BYTES = 64 << 10;

    private static final int VARINT_TYPE = 0;
    private static final int BYTES_TYPE = 2;

    /**
     * Reads the image.
     *
     * @throws IOException if it cannot be read or is invalid; the message names the file
     */
    static DumpStats read(Path file) throws IOException {
        if (Files.size(file) > MAX_FILE_BYTES) {
            throw new IOException(file + " has " + Files.size(file) + " bytes, too many");
        }
        ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        try {
            expect(SERVICE_MAGIC, in.getInt());
            expect(STATS_MAGIC, in.getInt());
            ByteBuffer entry = part(in, Integer.toUnsignedLong(in.getInt()));
            return new DumpStats(find(DUMP_FROZEN_TIME, findPart(STATS_DUMP, entry)));
        } catch (BufferUnderflowException e) {
            throw new IOException(file + " is cut off", e);
        } catch (IOException e) {
            throw new IOException(file + ": " + e.getMessage(), e);
        }
    }

    private static void expect(int magic, int found) throws IOException {
        if (magic != found) {
            throw new IOException(
                    "expected magic 0x"
                            + Integer.toHexString(magic)
                            + ", but 0x"
                            + Integer.toHexString(found)
                            + " is there");
        }
    }

    private static ByteBuffer findPart(int number, ByteBuffer message) throws IOException {
        while (message.hasRemaining()) {
            long tag = varint(message);
            if (tag == ((long) number << 3 | BYTES_TYPE)) {
                return part(message, varint(message));
            }
            skip(tag, message);
        }
        throw new IOException("it has no field " + number);
    }

    private static long find(int number, ByteBuffer message) throws IOException {
        while (message.hasRemaining()) {
            long tag = varint(message);
            if (tag == ((long) number << 3 | VARINT_TYPE)) {
                return varint(message);
            }
            skip(tag, message);
        }
        throw new IOException("it has no field " + number);
    }

    private static void skip(long tag, ByteBuffer message) throws IOException {
        switch ((int) tag & 7) {
            case VARINT_TYPE -> varint(message);
            case BYTES_TYPE -> part(message, varint(message));
            default -> throw new IOException("wire type " + (tag & 7));
        }
    }

    private static ByteBuffer part(ByteBuffer in, long bytes) {
        if (bytes < 0 || bytes > in.remaining()) {
            throw new BufferUnderflowException();
        }
        ByteBuffer part = in.slice().limit((int) bytes);
        in.position(in.position() + (int) bytes);
        return part;
    }

    private static long varint(ByteBuffer in) throws IOException {
        long value = 0;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            byte b = in.get();
            value |= (long) (b & 0x7f) << shift;
            if (b >= 0) {
                return value;
            }
        }
        throw new IOException("a number of more than 10 bytes");
    }
}
