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
 * Follows the stream on its way to the page server: tells of every record, translates records where
 * the two CRIUs' layouts differ, and keeps CLOSE back, which goes on only when the source's totals
 * agree. Not thread-safe: one session, one thread.
 */
final class PageStreamTranslator {
    private final PageStreamParser parser;
    private final Consumer<PageRecord> records;
    private final RecordLayout from;
    private final RecordLayout to;
    private PageRecord close;

    /**
     * A feed for one session.
     *
     * @param from the dumper's layout
     * @param to the page server's layout
     * @param records hears of each record that has passed the parser, and may refuse it
     */
    PageStreamTranslator(
            int pageSizeBytes, RecordLayout from, RecordLayout to, Consumer<PageRecord> records) {
        this.parser = new PageStreamParser(pageSizeBytes, from);
        this.records = records;
        this.from = from;
        this.to = to;
    }

    /**
     * Takes a piece of the stream.
     *
     * @param raw whole records and any part of their pages; ownership passes
     * @return what the page server shall read of it, perhaps nothing; owned by the caller
     * @throws io.pageproxy.pagestream.PageStreamException where the stream breaks the protocol
     * @throws SessionException where a record is cut, or an image would be written twice
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
            parse(raw, new Onlooker());
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

    /** What has been seen so far. */
    StreamTotals totals() {
        return parser.totals();
    }

    /** The command whose answer the dumper awaits; null: none. */
    PageCommand awaitingAnswerTo() {
        return parser.awaitingAnswerTo();
    }

    /** The page server has answered. */
    void answered() {
        parser.answered();
    }

    /** Whether the dumper has said CLOSE. */
    boolean ended() {
        return close != null;
    }

    /** The CLOSE that was kept back, in the page server's layout; owned by the caller. */
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

    private final class Onlooker implements PageStreamListener {
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
