package io.pageproxy.dest.lazy;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.EventLoopGroup;
import io.pageproxy.net.EventLoops;
import io.pageproxy.pagestream.RecordLayout;
import io.pageproxy.process.PosixChildLauncher;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Runs the command of a lazy session as a real process. */
@Timeout(60)
class ChildDaemonsTest {
    private static final int LARGE = 1 << 20;

    @TempDir private Path dir;
    private final EventLoopGroup group = EventLoops.create("test", 1);

    @AfterEach
    void close() {
        group.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    @Test
    void commandDoesNotInheritOurEnvironment() throws Exception {
        LazyDaemon daemon = started("env > $0.new; mv $0.new $0; exec sleep 60");
        daemon.giveUp();

        assertThat(System.getenv()).as("of this test").hasSizeGreaterThan(5);
        assertThat(said()).allMatch(variable -> variable.matches("(PATH|LC_ALL|PWD|SHLVL|_)=.*"));
    }

    @Test
    void processesStartedByTheCommandEndWithIt() throws Exception {
        LazyDaemon daemon = started("sleep 60 & echo $! > $0.new; mv $0.new $0; wait");
        long left = Long.parseLong(said().get(0));
        daemon.giveUp();

        Awaitility.await().until(() -> ProcessHandle.of(left).isEmpty());
    }

    @Test
    void imagesFolderIsFoundInTheArgumentsOfTheCommand() {
        assertThat(ChildDaemons.imagesOf(List.of("criu", "lazy-pages", "-D", "/a")))
                .contains(Path.of("/a"));
        assertThat(ChildDaemons.imagesOf(List.of("sh", "run", "--images-dir=/b", "-v")))
                .contains(Path.of("/b"));
        assertThat(ChildDaemons.imagesOf(List.of("criu", "--images-dir", "/c", "lazy-pages")))
                .contains(Path.of("/c"));
        assertThat(ChildDaemons.imagesOf(List.of("run-lazy-pages", "-D"))).isEmpty();
    }

    private List<String> said() throws Exception {
        Path file = dir.resolve("said");
        Awaitility.await().until(() -> Files.exists(file));
        return Files.readAllLines(file);
    }

    private LazyDaemon started(String script) throws Exception {
        ChildDaemons daemons =
                new ChildDaemons(
                        new PosixChildLauncher(LARGE),
                        List.of("sh", "-c", script, dir.resolve("said").toString()),
                        "CRIU",
                        RecordLayout.BYTES_32);
        LazyDaemon daemon = daemons.daemon(Optional.empty(), group.next(), new DeafListener());
        daemon.start();
        daemon.serve();
        return daemon;
    }
}
