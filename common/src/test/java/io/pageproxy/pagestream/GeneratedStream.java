package io.pageproxy.pagestream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pageproxy.pagestream.ImageId.Kind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * A valid stream generated from a seed: images with all kinds of page ranges, followed by the end.
 */
final class GeneratedStream {
    static final int PAGE_SIZE_BYTES = 4096;

    private final Random random;
    private final RecordLayout layout;
    private final int pageSizeBytes;
    private final ByteBuf bytes = Unpooled.buffer();
    private final List<String> events = new ArrayList<>();
    private final List<Integer> turnEnds = new ArrayList<>();

    private GeneratedStream(long seed, RecordLayout layout, int pageSizeBytes) {
        this.random = new Random(seed);
        this.layout = layout;
        this.pageSizeBytes = pageSizeBytes;
    }

    static GeneratedStream of(long seed, RecordLayout layout) {
        return of(seed, layout, PAGE_SIZE_BYTES);
    }

    static GeneratedStream of(long seed, RecordLayout layout, int pageSizeBytes) {
        GeneratedStream stream = new GeneratedStream(seed, layout, pageSizeBytes);
        int images = 1 + stream.random.nextInt(4);
        for (int i = 1; i <= images; i++) {
            Kind kind = stream.random.nextBoolean() ? Kind.PROCESS : Kind.SHARED_MEMORY;
            // The first segment of an IPC namespace has id 0.
            stream.image(new ImageId(kind, kind == Kind.PROCESS ? i : i - 1L));
        }
        stream.add(
                PageRecord.end(
                        stream.random.nextBoolean() ? PageCommand.CLOSE : PageCommand.FORCE_CLOSE));
        return stream;
    }

    private void image(ImageId image) {
        if (random.nextBoolean()) {
            add(PageRecord.of(PageCommand.PARENT, image));
        }
        add(PageRecord.of(PageCommand.OPEN2, image));
        int runs = random.nextInt(6);
        for (int run = 0; run < runs; run++) {
            int flags = 1 + random.nextInt(PageFlags.ALL);
            long vaddr = (long) random.nextInt(1 << 30) * pageSizeBytes;
            boolean present = (flags & PageFlags.PRESENT) != 0;
            long nrPages = 1L + random.nextInt(present ? 5 : 1 << 20);
            add(PageRecord.pages(image, flags, vaddr, nrPages));
            if (present) {
                pages((int) nrPages * pageSizeBytes);
            }
        }
    }

    private void add(PageRecord page) {
        layout.write(page, bytes);
        if (layout == RecordLayout.BYTES_32) {
            bytes.setInt(bytes.writerIndex() - layout.bytes() + Integer.BYTES, random.nextInt());
        }
        events.add(page.toString());
        if (page.command().answerBytes() > 0) {
            turnEnds.add(bytes.writerIndex());
        }
    }

    private void pages(int lengthBytes) {
        byte[] content = new byte[lengthBytes];
        random.nextBytes(content);
        bytes.writeBytes(content);
        events.add("pages " + Arrays.hashCode(content));
    }

    /** The events that a parser must report, in order. */
    List<String> events() {
        return events;
    }

    /** Offsets at which the dumper waits for a reply. */
    List<Integer> turnEnds() {
        return turnEnds;
    }

    ByteBuf bytes() {
        return bytes.duplicate();
    }
}
