package io.pageproxy.testkit;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pageproxy.pagestream.PageCommand;
import io.pageproxy.pagestream.PageRecord;
import io.pageproxy.pagestream.PageStreamException;
import io.pageproxy.pagestream.PageStreamListener;
import io.pageproxy.pagestream.PageStreamParser;
import io.pageproxy.pagestream.RecordLayout;
import io.pageproxy.process.ChildProcess;
import io.pageproxy.process.DescriptorChannel;
import io.pageproxy.process.ExitStatus;
import io.pageproxy.process.Signals;
import io.pageproxy.process.SocketPair;
import io.pageproxy.testkit.PageServerScript.Lie;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * One built-in page server: a thread that looks to the destination proxy like a child process. Its
 * exit code is 0 after CLOSE, 1 after anything that went wrong, which then is in its log.
 */
final class PageServerThread implements ChildProcess, PageStreamListener {
    private static final int READ_BYTES = 256 << 10;
    private static final int READS_PER_SECOND = 20;

    private final int descriptor;
    private final DescriptorChannel socket;
    private final PageSink sink;
    private final PageServerScript script;
    private final PageStreamParser parser;
    private final CompletableFuture<ExitStatus> exit = new CompletableFuture<>();
    private final AtomicBoolean socketTaken = new AtomicBoolean();
    private final AtomicInteger killedBy = new AtomicInteger();

    PageServerThread(
            SocketPair sockets, PageSink sink, RecordLayout layout, PageServerScript script) {
        this.descriptor = sockets.descriptor();
        this.socket = sockets.channel();
        this.sink = sink;
        this.script = script;
        this.parser = new PageStreamParser(sink.pageSizeBytes(), layout);
    }

    void start() {
        Thread thread = new Thread(this::run, "page-server");
        thread.setDaemon(true);
        thread.start();
    }

    // ---- as the proxy sees it

    @Override
    public int pid() {
        return (int) ProcessHandle.current().pid();
    }

    @Override
    public int takeSocket() {
        if (!socketTaken.compareAndSet(false, true)) {
            throw new IllegalStateException("the page server's socket was taken before");
        }
        return descriptor;
    }

    @Override
    public CompletableFuture<ExitStatus> exit() {
        return exit.copy();
    }

    @Override
    public boolean signal(int signal) {
        if (exit.isDone()) {
            return false;
        }
        killedBy.compareAndSet(0, signal);
        socket.close();
        return true;
    }

    @Override
    public CompletableFuture<ExitStatus> terminate(Duration grace) {
        signal(Signals.SIGTERM);
        return exit();
    }

    // ---- what it does

    /** Ends the server in the way that its script asks for. */
    private static final class ScriptedEnd extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final int exitCode;

        ScriptedEnd(int exitCode) {
            super("as its script says", null, false, false);
            this.exitCode = exitCode;
        }
    }

    private void run() {
        int code = 1;
        try {
            serve();
            code = 0;
        } catch (ScriptedEnd end) {
            code = end.exitCode;
        } catch (UncheckedIOException e) {
            sink.log(e.getCause().getMessage());
        } catch (IOException | PageStreamException e) {
            sink.log(e.getMessage());
        } finally {
            sink.abandon();
            socket.close();
            int signal = killedBy.get();
            exit.complete(signal == 0 ? ExitStatus.exited(code) : ExitStatus.killed(signal));
        }
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
                dawdle(got);
            }
        } finally {
            in.release();
        }
    }

    private int readAtMost() {
        long perRead = script.maxBytesPerSecond().orElse(Long.MAX_VALUE) / READS_PER_SECOND;
        return (int) Math.max(1, Math.min(READ_BYTES, perRead));
    }

    private void dawdle(int bytes) {
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
