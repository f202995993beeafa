package io.pageproxy.simulator;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pageproxy.pagestream.PageCommand;
import io.pageproxy.pagestream.PageRecord;
import io.pageproxy.pagestream.PageStreamException;
import io.pageproxy.pagestream.PageStreamListener;
import io.pageproxy.pagestream.PageStreamParser;
import io.pageproxy.pagestream.RecordLayout;
import io.pageproxy.simulator.PageServerScript.Lie;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ByteChannel;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/** Serves one stream according to a script over a connected, blocking socket. Not thread-safe. */
final class PageServer implements PageStreamListener {
    private static final int READ_BYTES = 256 << 10;
    private static final int READS_PER_SECOND = 20;

    private final ByteChannel socket;
    private final PageSink sink;
    private final PageServerScript script;
    private final PageStreamParser parser;

    /** Creates a server of one stream; the caller keeps ownership of the socket. */
    PageServer(ByteChannel socket, PageSink sink, RecordLayout layout, PageServerScript script) {
        this.socket = socket;
        this.sink = sink;
        this.script = script;
        this.parser = new PageStreamParser(sink.pageSizeBytes(), layout);
    }

    /** Ends the server as scripted. */
    private static final class ScriptedEnd extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final int exitCode;

        ScriptedEnd(int exitCode) {
            super("as its script says", null, false, false);
            this.exitCode = exitCode;
        }
    }

    /**
     * Serves the stream; blocks.
     *
     * @param log receives error messages
     * @return the exit code: 0 after CLOSE, 1 after any failure
     */
    int run(Consumer<String> log) {
        int code = 1;
        try {
            serve();
            code = 0;
        } catch (ScriptedEnd end) {
            code = end.exitCode;
        } catch (UncheckedIOException e) {
            log.accept(e.getCause().getMessage());
        } catch (IOException | PageStreamException e) {
            log.accept(e.getMessage());
        }
        try {
            sink.abandon();
        } catch (IOException e) {
            log.accept(e.getMessage());
        }
        return code;
    }

    private void serve() throws IOException {
        ByteBuf in = Unpooled.directBuffer(READ_BYTES + RecordLayout.MAX_BYTES);
        try {
            long readBytes = 0;
            while (!parser.ended() || script.lie() == Lie.NEVER_ANSWERS) {
                int got = socket.read(in.nioBuffer(in.writerIndex(), readAtMost()));
                if (got < 0) {
                    throw new EOFException("the stream ended before its CLOSE");
                }
                in.writerIndex(in.writerIndex() + got);
                readBytes += got;
                if (readBytes > script.diesAfterBytes().orElse(Long.MAX_VALUE)) {
                    throw new ScriptedEnd(script.deathExitCode());
                }
                parser.parse(in, this);
                in.discardReadBytes();
                throttle(got);
            }
        } finally {
            in.release();
        }
    }

    private int readAtMost() {
        long perRead = script.maxBytesPerSecond().orElse(Long.MAX_VALUE) / READS_PER_SECOND;
        return (int) Math.max(1, Math.min(READ_BYTES, perRead));
    }

    private void throttle(int bytes) {
        script.maxBytesPerSecond()
                .ifPresent(rate -> LockSupport.parkNanos((long) (bytes * 1e9 / rate)));
    }

    @Override
    public void onRecord(PageRecord page) {
        try {
            switch (page.command()) {
                case OPEN2 -> answer(page.command(), sink.open(page) ? 1 : 0);
                case PARENT -> answer(page.command(), sink.hasParent(page) ? 1 : 0);
                case ADD_F -> addRun(page);
                case CLOSE, FORCE_CLOSE -> {
                    sink.close();
                    answer(page.command(), 0);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void addRun(PageRecord page) throws IOException {
        if (script.lie() == Lie.LEAVES_EARLY) {
            throw new ScriptedEnd(0);
        }
        sink.addRun(page);
    }

    @Override
    public void onPages(ByteBuf in, int index, int lengthBytes) {
        try {
            sink.addPages(in.nioBuffer(index, lengthBytes));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void answer(PageCommand asked, int value) throws IOException {
        if (script.lie() == Lie.NEVER_ANSWERS) {
            return;
        }
        ByteBuffer out = ByteBuffer.allocateDirect(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        out.putInt(value).flip().limit(asked.answerBytes());
        while (out.hasRemaining()) {
            socket.write(out);
        }
        parser.answered();
    }
}
