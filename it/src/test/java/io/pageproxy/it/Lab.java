package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * One test's folder and everything that runs in it, or, in a static field, that of all tests of a
 * class; thread-safe. After the last test the proxies are stopped, and it is asserted that they
 * leave nothing behind: no process that names the folder, and no unmarked incomplete images.
 */
final class Lab
        implements BeforeAllCallback, AfterAllCallback, BeforeEachCallback, AfterEachCallback {
    private static final Duration LEFT_BEHIND_TIMEOUT = Duration.ofSeconds(10);

    private final Deque<AutoCloseable> things = new ConcurrentLinkedDeque<>();
    private final List<Command> proxies = new CopyOnWriteArrayList<>();
    private Path dir;
    private Pki pki;
    private boolean shared;
    private boolean failed;

    @Override
    public void beforeAll(ExtensionContext context) throws IOException {
        shared = true;
        open();
    }

    @Override
    public void beforeEach(ExtensionContext context) throws IOException {
        if (!shared) {
            open();
        }
    }

    private void open() throws IOException {
        dir = Files.createTempDirectory("pageproxy-it-").toRealPath();
        pki = Pki.create(dir.resolve("pki"));
        folder("images");
    }

    /** The destination's images folder. */
    Path images() {
        return dir.resolve("images");
    }

    Pki pki() {
        return pki;
    }

    /** Returns a folder, created if missing. */
    Path folder(String name) {
        try {
            return Files.createDirectories(dir.resolve(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Tmpfs tmpfs(String name, long bytes) {
        return keep(Tmpfs.mount(folder("logs"), dir.resolve(name), bytes));
    }

    /** Makes a folder also appear in the lab's, read-only. */
    void mount(Path original, String name) {
        keep(Mount.on(dir.resolve(name), folder("logs"), "-o", "bind,ro", original.toString()));
    }

    /** Starts a process with a number of megabytes to verify, and about 10 more of its own. */
    Workload memory(String name, int megabytes) {
        return workload(name, "memory-check.pl", "" + megabytes);
    }

    /**
     * Starts such a process on another host.
     *
     * @param onHost command prefix that runs a command there
     */
    Workload memory(List<String> onHost, String name, int megabytes) {
        List<String> perl = new ArrayList<>(onHost);
        perl.add("perl");
        return keep(
                Workload.start(
                        folder("logs"),
                        folder(name),
                        perl,
                        "memory-check.pl",
                        List.of("" + megabytes)));
    }

    /** Starts a JVM with a number of megabytes of heap to verify, and about as many in addition. */
    Workload javaHeap(String name, int megabytes) {
        List<String> java =
                List.of(
                        "setsid",
                        Path.of(System.getProperty("java.home"), "bin/java").toString(),
                        "-XX:-UsePerfData",
                        "-Xmx" + 4 * megabytes + "m");
        return keep(
                Workload.start(
                        folder("logs"),
                        folder(name),
                        java,
                        "HeapCheck.java",
                        List.of("" + megabytes)));
    }

    Workload workload(String name, String script, String... arguments) {
        return keep(Workload.start(folder("logs"), folder(name), script, List.of(arguments)));
    }

    /** Starts a destination that allows our source; returns when it listens. */
    Command dest(Criu criu, String... more) {
        return destIn(images(), criu.program(), more);
    }

    /**
     * Starts a destination with another images folder and CRIU program; returns when it listens.
     */
    Command destIn(Path images, String criu, String... more) {
        Command dest = startDest(images, criu, more);
        dest.awaitLine("listening ");
        return dest;
    }

    /** Starts a destination without waiting. */
    Command startDest(Path images, String criu, String... more) {
        List<String> words = new ArrayList<>(pki.options("dest"));
        words.addAll(List.of("--allow-dns", "source"));
        words.addAll(List.of(more));
        return proxy("dest", Pageproxy.dest(images, criu, words));
    }

    /** Starts a source for a destination that either starts a dumper or listens for one. */
    Command source(Command dest, String... more) {
        return source(address(dest), more);
    }

    /** The same for a destination at that address. */
    Command source(String destination, String... more) {
        List<String> words = new ArrayList<>(pki.options("source"));
        words.addAll(List.of(more));
        return proxy("source", Pageproxy.source(destination, words));
    }

    /** Starts a source that dumps the workload. */
    Command sourceDumping(Command dest, Criu criu, Workload workload, Path dump, String... more) {
        return sourceTo(address(dest), criu, workload, dump, more);
    }

    /** The same for a destination at that address. */
    Command sourceTo(String destination, Criu criu, Workload workload, Path dump, String... more) {
        List<String> words = new ArrayList<>(List.of(more));
        words.add("--");
        words.addAll(criu.dump(workload, dump));
        return source(destination, words.toArray(String[]::new));
    }

    /** Starts a source on a free port; returns when a dumper may connect. */
    Command listeningSource(Command dest, String... more) {
        return listeningSourceTo(address(dest), more);
    }

    /** The same for a destination at that address. */
    Command listeningSourceTo(String destination, String... more) {
        List<String> words = new ArrayList<>(List.of("--listen", "127.0.0.1:0"));
        words.addAll(List.of(more));
        Command source = source(destination, words.toArray(String[]::new));
        source.awaitLine("listening ");
        return source;
    }

    /** The address that a proxy listens on. */
    static String address(Command proxy) {
        return proxy.awaitLine("listening ");
    }

    /** Starts a proxy that must exit, by itself or on SIGTERM, before the test ends. */
    Command proxy(String name, List<String> words) {
        Command proxy = start(name, words);
        proxies.add(proxy);
        return proxy;
    }

    Command start(String name, List<String> words) {
        return keep(Command.start(folder("logs"), name, words));
    }

    /** Registers an object to close after the test, in reverse order. */
    <T extends AutoCloseable> T keep(T thing) {
        things.push(thing);
        return thing;
    }

    /** Restores the workload from a session's images and verifies its memory. */
    void restoreAndCheck(Criu criu, Workload workload, Path dump, String session) {
        workload.awaitGone();
        criu.restore(folder("logs"), dump, images().resolve(session));
        workload.assertGood();
    }

    @Override
    public void afterEach(ExtensionContext context) throws Exception {
        if (context.getExecutionException().isPresent()) {
            failed = true;
            things.forEach(thing -> System.err.println(thing));
        }
        if (!shared) {
            close();
        }
    }

    @Override
    public void afterAll(ExtensionContext context) throws Exception {
        close();
    }

    private void close() throws Exception {
        try {
            if (!failed) {
                endProxies();
                Images.assertNoUnmarkedIncompleteImages(dir);
            }
        } finally {
            while (!things.isEmpty()) {
                things.pop().close();
            }
            Processes.killAll(dir.toString());
            deleteTree(dir);
        }
    }

    /** Asserts that the proxies exit when stopped and that no child is left. */
    private void endProxies() {
        proxies.forEach(Command::terminate);
        proxies.forEach(Command::awaitExit);
        things.stream().filter(Workload.class::isInstance).forEach(w -> ((Workload) w).close());
        await().atMost(LEFT_BEHIND_TIMEOUT)
                .untilAsserted(
                        () ->
                                assertThat(Processes.mentioning(dir.toString()))
                                        .extracting(Processes::commandLine)
                                        .isEmpty());
    }

    static void deleteTree(Path top) throws IOException {
        Files.walkFileTree(
                top,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                            throws IOException {
                        Files.delete(file);
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult postVisitDirectory(Path folder, IOException e)
                            throws IOException {
                        Files.delete(folder);
                        return FileVisitResult.CONTINUE;
                    }
                });
    }
}
