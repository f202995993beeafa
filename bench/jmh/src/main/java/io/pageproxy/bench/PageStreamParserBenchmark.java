package io.pageproxy.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.pageproxy.dedup.PageRuns;
import io.pageproxy.pagestream.ImageId;
import io.pageproxy.pagestream.PageCommand;
import io.pageproxy.pagestream.PageFlags;
import io.pageproxy.pagestream.PageRecord;
import io.pageproxy.pagestream.PageStreamParser;
import io.pageproxy.pagestream.RecordLayout;
import io.pageproxy.pagestream.StreamTotals;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Parses records with {@link PageStreamParser} and notes the page ranges as a source does. An
 * operation is a byte: {@code ops/us} are MB/s of pages.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class PageStreamParserBenchmark {
    private static final ImageId IMAGE = new ImageId(ImageId.Kind.PROCESS, 1);
    private static final RecordLayout LAYOUT = RecordLayout.BYTES_32;

    /** Number of pages per record; their content is not read. */
    @Param({"1", "16", "256"})
    public int pagesInRun;

    private ByteBuf opening;
    private ByteBuf runs;

    /** Creates the stream. */
    @Setup(Level.Trial)
    public void makeStream() {
        opening = PooledByteBufAllocator.DEFAULT.directBuffer();
        LAYOUT.write(PageRecord.of(PageCommand.OPEN2, IMAGE), opening);
        runs = PooledByteBufAllocator.DEFAULT.directBuffer();
        int runBytes = pagesInRun * Pages.PAGE_BYTES;
        for (long vaddr = 0; vaddr < Pages.STREAM_BYTES; vaddr += runBytes) {
            LAYOUT.write(PageRecord.pages(IMAGE, PageFlags.PRESENT, vaddr, pagesInRun), runs);
            runs.writeZero(runBytes);
        }
    }

    /** Releases the stream. */
    @TearDown(Level.Trial)
    public void free() {
        opening.release();
        runs.release();
    }

    /** Parses the whole stream at once. */
    @Benchmark
    @OperationsPerInvocation(Pages.STREAM_BYTES)
    public StreamTotals parse() {
        PageStreamParser parser = new PageStreamParser(Pages.PAGE_BYTES);
        PageRuns noted = new PageRuns(Pages.PAGE_BYTES, 0);
        noted.beginBlock(0, 0);
        parser.parse(opening.readerIndex(0), noted);
        parser.answered();
        parser.parse(runs.readerIndex(0), noted);
        noted.endBlock(0);
        return parser.totals();
    }
}
