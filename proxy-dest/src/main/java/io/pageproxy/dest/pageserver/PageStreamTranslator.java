package io.pageproxy.dest.pageserver;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.pageproxy.pagestream.PageCommand;
import io.pageproxy.pagestream.PageRecord;
import io.pageproxy.pagestream.PageStreamListener;
import io.pageproxy.pagestream.PageStreamParser;
import io.pageproxy.pagestream.RecordLayout;
import io.pageproxy.pagestream.StreamTotals;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import java.util.function.Consumer;

/**
 * Parses the stream on its way to the page server: reports every record, translates records if the
 * layouts of the two CRIUs differ, and holds CLOSE back until the totals of the source have been
 * verified. Not thread-safe: one session, one thread.
 */
final class PageStreamTranslator {
    private final PageStreamParser parser;
    private final Consumer<PageRecord> records;
    private final RecordLayout from;
    private final RecordLayout to;
    private PageRecord close;

    /**
     * Creates a translator for one session.
     *
     * @param from the dumper's layout
     * @param to the page server's layout
     * @param records receives each record that the parser has accepted, and may refuse it
     */
    PageStreamTranslator(
            int pageSizeBytes, RecordLayout from, RecordLayout to, Consumer<PageRecord> records) {
        this.parser = new PageStreamParser(pageSizeBytes, from);
        this.records = records;
        this.from = from;
        this.to = to;
    }

    /**
     * Translates a piece of the stream.
     *
     * @param raw complete records and any part of their pages; this method takes ownership
     * @return the bytes for the page server, possibly none; owned by the caller
     * @throws io.pageproxy.pagestream.PageStreamException if the stream violates the protocol
     * @throws SessionException if a record is truncated, or an image would be written twice
     */
    ByteBuf take(ByteBuf raw, ByteBufAllocator allocator) {
        if (from == to) {
            return passThrough(raw);
        }
        ByteBuf out = allocator.directBuffer(raw.readableBytes() + RecordLayout.MAX_BYTES);
        try {
            parse(raw, new Translator(out));
            return out;
        } catch (RuntimeException e) {
            out.release();
            throw e;
        } finally {
            raw.release();
        }
    }

    private ByteBuf passThrough(ByteBuf raw) {
        int start = raw.readerIndex();
        try {
            parse(raw, new Observer());
        } catch (RuntimeException e) {
            raw.release();
            throw e;
        }
        int withheldBytes = close == null ? 0 : from.bytes();
        return raw.setIndex(start, raw.writerIndex() - withheldBytes);
    }

    private void parse(ByteBuf raw, PageStreamListener listener) {
        parser.parse(raw, listener);
        if (raw.isReadable()) {
            throw new SessionException(
                    CloseReason.TUNNEL_PROTOCOL,
                    "expected blocks of whole records, but one ends "
                            + raw.readableBytes()
                            + " bytes into a record");
        }
    }

    /** Totals of the stream so far. */
    StreamTotals totals() {
        return parser.totals();
    }

    /** The command whose reply the dumper awaits; null if there is none. */
    PageCommand awaitingAnswerTo() {
        return parser.awaitingAnswerTo();
    }

    /** Records that the page server has replied. */
    void answered() {
        parser.answered();
    }

    /** Whether the dumper has sent CLOSE. */
    boolean ended() {
        return close != null;
    }

    /** The CLOSE that was held back, in the page server's layout; owned by the caller. */
    ByteBuf close(ByteBufAllocator allocator) {
        ByteBuf out = allocator.directBuffer(RecordLayout.MAX_BYTES);
        to.write(close, out);
        return out;
    }

    private void enter(PageRecord page) {
        records.accept(page);
        if (page.command().endsStream()) {
            close = page;
        }
    }

    private final class Observer implements PageStreamListener {
        @Override
        public void onRecord(PageRecord page) {
            enter(page);
        }

        @Override
        public void onPages(ByteBuf in, int index, int lengthBytes) {}
    }

    private final class Translator implements PageStreamListener {
        private final ByteBuf out;

        Translator(ByteBuf out) {
            this.out = out;
        }

        @Override
        public void onRecord(PageRecord page) {
            enter(page);
            if (!page.command().endsStream()) {
                to.write(page, out);
            }
        }

        @Override
        public void onPages(ByteBuf in, int index, int lengthBytes) {
            out.writeBytes(in, index, lengthBytes);
        }
    }
}
