package io.pageproxy.source.migrate.dump;

import java.io.IOException;
import java.io.InputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalDouble;

/**
 * The statistics that CRIU leaves of a dump: two words of magic, a length, and a protobuf message
 * whose field 1 is a message with {@code frozen_time} in microseconds as its field 2.
 */
final class DumpStatistics {
    private static final String FILE = "stats-dump";
    private static final int MAGIC = 0x57093306;
    private static final int MAX_BYTES = 4096;
    private static final int DUMP_FIELD = 1 << 3 | 2;
    private static final int FREEZING_TIME = 1 << 3;
    private static final int FROZEN_TIME = 2 << 3;

    private DumpStatistics() {}

    /**
     * How long the tasks were frozen.
     *
     * @param folder of the images
     * @return empty if there are no statistics, or they are of an unknown form
     */
    static OptionalDouble frozenSeconds(Path folder) {
        try (InputStream file = Files.newInputStream(folder.resolve(FILE))) {
            return parse(ByteBuffer.wrap(file.readNBytes(MAX_BYTES)));
        } catch (IOException | BufferUnderflowException e) {
            return OptionalDouble.empty();
        }
    }

    private static OptionalDouble parse(ByteBuffer image) {
        image.order(ByteOrder.LITTLE_ENDIAN);
        image.getInt();
        int magic = image.getInt();
        image.getInt();
        if (magic != MAGIC || image.get() != DUMP_FIELD) {
            return OptionalDouble.empty();
        }
        varint(image);
        if (image.get() != FREEZING_TIME) {
            return OptionalDouble.empty();
        }
        varint(image);
        return image.get() == FROZEN_TIME
                ? OptionalDouble.of(varint(image) / 1e6)
                : OptionalDouble.empty();
    }

    private static long varint(ByteBuffer from) {
        long value = 0;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            byte next = from.get();
            value |= (long) (next & 0x7f) << shift;
            if (next >= 0) {
                break;
            }
        }
        return value;
    }
}
