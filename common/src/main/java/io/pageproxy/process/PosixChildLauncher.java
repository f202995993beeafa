package io.pageproxy.process;

import com.sun.jna.StringArray;
import io.pageproxy.posix.Capabilities;
import io.pageproxy.posix.DescriptorChannel;
import io.pageproxy.posix.LibC;
import io.pageproxy.posix.LimitedThread;
import io.pageproxy.posix.Posix;
import io.pageproxy.posix.Signals;
import io.pageproxy.process.SpawnPlan.Streams;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ThreadFactory;

/**
 * Launches children with libc's {@code socketpair} and {@code posix_spawn}. Requires Linux with
 * glibc 2.34 or newer.
 *
 * <p>The child has descriptors 0 to 3, 4 if it inherits one of ours, and no other. Thread-safe.
 */
public final class PosixChildLauncher implements ChildLauncher {
    /** Socket buffer size for page streams, large enough to move much data per system call. */
    public static final int PAGE_SOCKET_BYTES = 1 << 20;

    private static final int STANDARD_OUTPUT = 1;

    private final LibC libc;
    private final int socketBufferBytes;
    private final ThreadFactory waiters;
    private final Optional<LimitedThread> limited;
    private final OptionalInt terminal;

    /**
     * @param socketBufferBytes send buffer size of each end of the socket, 1 or more; the kernel
     *     doubles it for its own overhead and, without CAP_NET_ADMIN, limits it to {@code
     *     net.core.wmem_max}
     * @throws IOException if JNA's native library cannot be loaded; the message names the remedy
     */
    public PosixChildLauncher(int socketBufferBytes) throws IOException {
        this(Posix.libc(), socketBufferBytes, PosixChildLauncher::waiter);
    }

    public PosixChildLauncher(LibC libc, int socketBufferBytes, ThreadFactory waiters) {
        this(libc, socketBufferBytes, waiters, Optional.empty(), OptionalInt.empty());
    }

    /**
     * Creates a launcher whose children cannot listen on ports below 1024, even if this process
     * may.
     *
     * @throws IOException if the capability cannot be dropped
     */
    public static PosixChildLauncher withoutLowPorts(int socketBufferBytes) throws IOException {
        LibC libc = Posix.libc();
        LimitedThread limited = new LimitedThread(libc, Capabilities.NET_BIND_SERVICE);
        return new PosixChildLauncher(
                libc,
                socketBufferBytes,
                PosixChildLauncher::waiter,
                Optional.of(limited),
                OptionalInt.empty());
    }

    private PosixChildLauncher(
            LibC libc,
            int socketBufferBytes,
            ThreadFactory waiters,
            Optional<LimitedThread> limited,
            OptionalInt terminal) {
        if (socketBufferBytes < 1) {
            throw new IllegalArgumentException("socket buffer of " + socketBufferBytes + " bytes");
        }
        this.libc = libc;
        this.socketBufferBytes = socketBufferBytes;
        this.waiters = waiters;
        this.limited = limited;
        this.terminal = terminal;
        // If we were started with SIGCHLD ignored, the kernel would reap children itself and
        // discard their exit status.
        libc.signal(Signals.SIGCHLD, LibC.SIG_DFL);
    }

    /**
     * Returns a launcher whose foreground children write to another terminal where this one's write
     * to ours. A standard output that is no terminal stays theirs.
     *
     * @param terminal a descriptor of 5 or more; the caller keeps ownership
     */
    public PosixChildLauncher writingTo(int terminal) {
        return new PosixChildLauncher(
                libc, socketBufferBytes, waiters, limited, OptionalInt.of(terminal));
    }

    @Override
    public ChildProcess launch(ChildSpec spec) throws IOException {
        try (OpenDescriptors open = new OpenDescriptors(libc)) {
            OptionalInt errors = spec.detached() ? OptionalInt.empty() : terminal;
            if (spec.outputFile().isPresent()) {
                Path path = spec.outputFile().get();
                errors = OptionalInt.of(open.openForAppend(path));
            }
            boolean both = spec.outputFile().isPresent() || libc.isatty(STANDARD_OUTPUT) == 1;
            OptionalInt output = both ? errors : OptionalInt.empty();
            return launch(
                    spec, new Streams(output, errors, Optional.empty(), spec.detached()), open);
        }
    }

    /**
     * Starts a child with these streams.
     *
     * @param open has them; the descriptors that are left there are closed by the caller
     */
    ChildProcess launch(ChildSpec spec, Streams streams, OpenDescriptors open) throws IOException {
        requireEncodable(spec.command());
        String named = ExecutablePath.ofThisProcess().find(spec.program());
        String file = streams.directory().map(folder -> folder.resolve(named) + "").orElse(named);
        int[] pair = open.socketPair(socketBufferBytes);
        int socket = pair[1];
        int pid =
                limited.isPresent()
                        ? limited.get().call(() -> spawn(file, spec, socket, streams))
                        : spawn(file, spec, socket, streams);
        PosixChildProcess child = new PosixChildProcess(libc, pid, pair[0], spec.detached());
        child.watch(waiters);
        open.release(pair[0]);
        return child;
    }

    /** Descriptors of this process that a launch needs. */
    OpenDescriptors descriptors() {
        return new OpenDescriptors(libc);
    }

    /** Reads from a descriptor, which it closes. */
    DescriptorChannel channel(int descriptor) {
        return new DescriptorChannel(libc, descriptor);
    }

    private int spawn(String file, ChildSpec spec, int socket, Streams streams) throws IOException {
        int[] pid = new int[1];
        try (SpawnPlan plan = new SpawnPlan(libc, socket, streams, spec.kept())) {
            int[] error = new int[1];
            OwnChildren.OF_THIS_PROCESS.launch(
                    () -> {
                        error[0] =
                                libc.posix_spawn(
                                        pid,
                                        file,
                                        plan.fileActions,
                                        plan.attributes,
                                        strings(spec.command()),
                                        strings(assignments(spec.environment())));
                        return error[0] == 0 ? pid[0] : 0;
                    });
            if (error[0] != 0) {
                throw new ChildLaunchException(describe(file, error[0]));
            }
        }
        return pid[0];
    }

    private String describe(String file, int error) {
        String cause = libc.strerror(error);
        String hint =
                switch (error) {
                    case LibC.ENOENT ->
                            Path.of(file).toFile().exists()
                                    ? ": the interpreter or loader that it names is missing"
                                    : "";
                    case LibC.EACCES ->
                            ": it must be a file with the x permission, on a file system not mounted noexec";
                    case LibC.ENOEXEC ->
                            ": neither a program for this machine nor a script that begins with #!";
                    case LibC.E2BIG -> ": arguments and environment are too long";
                    default -> "";
                };
        return "cannot run " + file + ": " + cause + hint;
    }

    private static List<String> assignments(Map<String, String> environment) {
        return environment.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).toList();
    }

    /** Rejects characters that JNA would replace with question marks. */
    private static void requireEncodable(List<String> command) throws ChildLaunchException {
        for (String word : command) {
            if (!Charset.forName(Posix.NATIVE_ENCODING).newEncoder().canEncode(word)) {
                throw new ChildLaunchException(
                        "cannot pass '"
                                + word
                                + "' to a child: this locale's charset "
                                + Posix.NATIVE_ENCODING
                                + " has no such characters; set LC_ALL=C.UTF-8");
            }
        }
    }

    private static StringArray strings(List<String> strings) {
        return new StringArray(strings.toArray(String[]::new), Posix.NATIVE_ENCODING);
    }

    private static Thread waiter(Runnable task) {
        Thread thread = new Thread(task);
        thread.setDaemon(true);
        return thread;
    }
}
