package io.pageproxy.source.foresight;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.pageproxy.criu.Task;
import io.pageproxy.frame.TreeNeeds.FileNeed;
import io.pageproxy.net.SocketTables;
import io.pageproxy.posix.UnixPeers;
import io.pageproxy.source.migrate.dump.TaskTree;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What /proc tells of a tree that runs. It may change until the tree is frozen, so this is what to
 * expect, and no promise. Blocking; built and read by one thread.
 */
public final class TreeFacts {
    private static final Path PROC = Path.of("/proc");
    private static final Pattern MAPPED =
            Pattern.compile("(?m)^[0-9a-f]+-[0-9a-f]+ \\S+ \\S+ \\S+ \\d+ +(/.*)$");
    private static final Pattern TRACER = Pattern.compile("(?m)^TracerPid:\\s*([1-9][0-9]*)$");
    private static final Pattern LOCK =
            Pattern.compile("(?m)^\\d+: (?:-> )?\\S+ +\\S+ +\\S+ (\\d+) ");
    private static final String DELETED = " (deleted)";
    private static final String SHARED_SYSV = "/SYSV";
    private static final int SESSION_FIELD = 3;

    /** Character devices that CRIU restores, besides terminals. */
    private static final Set<String> ORDINARY_DEVICES =
            Set.of(
                    "/dev/null",
                    "/dev/zero",
                    "/dev/full",
                    "/dev/random",
                    "/dev/urandom",
                    "/dev/tty",
                    "/dev/ptmx",
                    "/dev/net/tun");

    /** Files without a name that CRIU cannot dump. */
    private static final Pattern OPAQUE =
            Pattern.compile("anon_inode:(\\[(?:io_uring|perf_event|userfaultfd)]|kvm-.*)");

    private final Path root;
    private final Set<Long> processes;
    private final SortedSet<Long> pids = new TreeSet<>();
    private final Set<Long> sockets = new TreeSet<>();
    private final Map<String, Long> files = new LinkedHashMap<>();
    private final SortedSet<String> opaque = new TreeSet<>();
    private final SortedSet<Long> traced = new TreeSet<>();
    private boolean foreignSession;
    private boolean sharedSysv;
    private final List<SocketTables.Entry> table;

    /**
     * Reads what can be read of a tree.
     *
     * @throws IOException if the root is gone
     */
    public TreeFacts(Task root) throws IOException {
        this.root = PROC.resolve(Long.toString(root.pid()));
        this.processes = TaskTree.of(root).pids();
        this.table = SocketTables.of(this.root);
        for (long pid : processes) {
            try {
                read(pid);
            } catch (IOException | RuntimeException e) {
                if (Files.exists(PROC.resolve(Long.toString(pid)))) {
                    throw e;
                }
            }
        }
    }

    private void read(long pid) throws IOException {
        Path process = PROC.resolve(Long.toString(pid));
        forEach(process.resolve("task"), thread -> pids.add(Long.valueOf(name(thread))));
        String stat = Files.readString(process.resolve("stat"), ISO_8859_1);
        String[] rest = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        foreignSession |= !processes.contains(Long.valueOf(rest[SESSION_FIELD]));
        Matcher tracer = TRACER.matcher(Files.readString(process.resolve("status"), ISO_8859_1));
        if (tracer.find()) {
            traced.add(Long.valueOf(tracer.group(1)));
        }
        Matcher mapped = MAPPED.matcher(Files.readString(process.resolve("maps"), ISO_8859_1));
        while (mapped.find()) {
            sharedSysv |= mapped.group(1).startsWith(SHARED_SYSV);
            addFile(Path.of(mapped.group(1)), mapped.group(1));
        }
        forEach(process.resolve("fd"), this::addDescriptor);
    }

    private void addDescriptor(Path link) throws IOException {
        String target = Files.readSymbolicLink(link).toString();
        OptionalLong socket = SocketTables.inode(target);
        if (socket.isPresent()) {
            sockets.add(socket.getAsLong());
        } else if (OPAQUE.matcher(target).matches()) {
            opaque.add(target);
        } else if (target.startsWith("/dev/")) {
            if (!ORDINARY_DEVICES.contains(target) && !isTerminal(target) && isOther(link)) {
                opaque.add(target);
            }
        } else if (target.startsWith("/")) {
            addFile(link, target);
        }
    }

    private static boolean isTerminal(String device) {
        return device.startsWith("/dev/pts/") || device.startsWith("/dev/tty");
    }

    private static boolean isOther(Path device) {
        return !Files.isRegularFile(device) && !Files.isDirectory(device);
    }

    /** A file that has no name any more is carried in the images. */
    private void addFile(Path file, String path) throws IOException {
        if (!path.endsWith(DELETED) && FileNeed.canAskFor(path) && Files.isRegularFile(file)) {
            files.put(path, Files.size(file));
        }
    }

    private interface Visit {
        void at(Path entry) throws IOException;
    }

    /** What vanishes meanwhile is passed over. */
    private static void forEach(Path folder, Visit visit) throws IOException {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            for (Path entry : entries) {
                try {
                    visit.at(entry);
                } catch (IOException e) {
                    if (Files.exists(entry, LinkOption.NOFOLLOW_LINKS)) {
                        throw e;
                    }
                }
            }
        }
    }

    private static String name(Path path) {
        return path.getFileName().toString();
    }

    /** Whether its root has a namespace of that kind ({@code pid}, {@code net}, ...) of its own. */
    public boolean ownNamespace(String kind) throws IOException {
        return !Files.readSymbolicLink(root.resolve("ns").resolve(kind))
                .equals(Files.readSymbolicLink(PROC.resolve("self/ns").resolve(kind)));
    }

    /** The number of its processes. */
    public int processes() {
        return processes.size();
    }

    /** The pids of its tasks and threads, in our PID namespace. */
    public List<Long> pids() {
        return List.copyOf(pids);
    }

    /** Regular files that it has mapped or open, with their lengths. */
    public List<FileNeed> files() {
        List<FileNeed> all = new ArrayList<>();
        files.forEach((path, bytes) -> all.add(new FileNeed(path, bytes)));
        return all;
    }

    /** Where it listens, as {@link SocketTables.Entry#local}. */
    public List<String> ports() {
        return of(SocketTables.State.BOUND);
    }

    /** The local ends of its TCP connections. */
    public List<String> connections() {
        return of(SocketTables.State.CONNECTED);
    }

    /**
     * Its Unix sockets that are connected to sockets of others; those of another network namespace
     * than ours are not known.
     */
    public List<UnixPeers.Connected> unixSocketsToOthers() throws IOException {
        return UnixPeers.of(sockets).stream()
                .filter(socket -> !sockets.contains(socket.peer()))
                .toList();
    }

    private List<String> of(SocketTables.State state) {
        return table.stream()
                .filter(entry -> entry.state() == state && sockets.contains(entry.inode()))
                .filter(entry -> entry.port() != 0)
                .map(SocketTables.Entry::local)
                .distinct()
                .toList();
    }

    /** Open devices and the like that CRIU cannot dump. */
    public SortedSet<String> opaque() {
        return opaque;
    }

    /** Processes that trace some of it, which keeps CRIU from doing so. */
    public SortedSet<Long> tracers() {
        return traced;
    }

    /** Whether the leader of a session lies outside of the tree, as with a job of a shell. */
    public boolean inForeignSession() {
        return foreignSession;
    }

    /** Whether it has mapped System V shared memory. */
    public boolean hasSharedSysvMemory() {
        return sharedSysv;
    }

    /** Whether it holds or awaits a lock of a file. */
    public boolean hasFileLocks() throws IOException {
        Matcher locks = LOCK.matcher(Files.readString(PROC.resolve("locks"), ISO_8859_1));
        return locks.results().anyMatch(lock -> processes.contains(Long.valueOf(lock.group(1))));
    }
}
