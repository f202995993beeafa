package io.pageproxy.cli.check;

import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.pageproxy.net.EventLoops;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Makes checks, and prints what they find. */
public final class Findings {
    private Findings() {}

    /** Checks that use an event loop; they block. */
    @FunctionalInterface
    public interface Checks {
        /** Makes them. */
        List<Finding> run(EventLoop loop) throws IOException, InterruptedException;
    }

    /**
     * Prints a line for each finding; blocks.
     *
     * @return 0, or the exit code of the first failure
     */
    public static int print(Checks checks, PrintWriter out)
            throws IOException, InterruptedException {
        EventLoopGroup group = EventLoops.create("check", 1);
        try {
            int exitCode = 0;
            for (Finding finding : checks.run(group.next())) {
                out.println(finding.line());
                exitCode = exitCode == 0 ? finding.exitCode() : exitCode;
            }
            return exitCode;
        } finally {
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
        }
    }
}
