package io.pageproxy.source.migrate.dump;

import io.pageproxy.criu.Task;
import io.pageproxy.posix.LibC;
import io.pageproxy.posix.Posix;
import io.pageproxy.process.ProgramAnswer;
import io.pageproxy.text.SafeText;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The rules by which CRIU keeps packets away from connections that it dumps, so that the kernel
 * does not answer for sockets of frozen or killed tasks. CRIU removes them if the tasks run on, but
 * not if it kills them: they would then block the same connections for ever, should the tree come
 * back. Blocking.
 *
 * <p>In the network namespace of criu there is a rule for each direction of each connection, in
 * another one all packets are blocked (criu/netfilter.c, criu/net.c).
 */
final class NetworkLock implements AutoCloseable {
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final Path INVENTORY = Path.of("inventory.img");

    /** Names CRIU's table, and stands in the inventory. */
    private static final Pattern RUN_ID =
            Pattern.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}");

    /** Mark of packets that CRIU itself sends (soccr/soccr.h). */
    private static final String MARK = "0xC114";

    private static final String TABLE = "CRIU-";
    private static final int SHORTEST = TABLE.length() + 8;

    private static final String OWN_NAMESPACE = "/proc/self/ns/net";

    private final LockMethod method;
    private final List<TcpConnection> connections;
    private final Path images;
    private final OptionalInt other; // The namespace, unless it is ours.

    private NetworkLock(
            LockMethod method, List<TcpConnection> connections, Path images, OptionalInt other) {
        this.method = method;
        this.connections = connections;
        this.images = images;
        this.other = other;
    }

    /**
     * The rules about a dumped tree, whose tasks are frozen.
     *
     * @param pids of the whole tree
     * @param images folder of the dump
     */
    static NetworkLock of(LockMethod method, Task root, Set<Long> pids, Path images)
            throws IOException {
        Path namespace = Path.of("/proc/" + root.pid() + "/ns/net");
        boolean ours =
                Files.readSymbolicLink(namespace)
                        .equals(Files.readSymbolicLink(Path.of(OWN_NAMESPACE)));
        return new NetworkLock(
                method,
                TcpConnection.of(root.pid(), pids),
                images,
                ours ? OptionalInt.empty() : OptionalInt.of(open(namespace)));
    }

    private static int open(Path file) throws IOException {
        LibC libc = Posix.libc();
        int descriptor = libc.open(file.toString(), LibC.O_RDONLY | LibC.O_CLOEXEC);
        if (descriptor < 0) {
            throw new IOException("the network namespace " + file + " cannot be opened");
        }
        return descriptor;
    }

    /** How many connections are blocked. */
    int connections() {
        return connections.size();
    }

    /**
     * Removes the rules: packets are answered again.
     *
     * @throws IOException if some stay; the message says what to do
     */
    void unlock() throws IOException {
        List<String> left = new ArrayList<>();
        for (List<String> command : commands()) {
            ProgramAnswer run = ProgramAnswer.of(command, TIMEOUT);
            if (!run.exit().success()) {
                left.add(String.join(" ", command) + " (" + SafeText.line(run.err().strip()) + ")");
            }
        }
        if (!left.isEmpty()) {
            throw new IOException(
                    left.size()
                            + " rules of CRIU may still block connections here: look at "
                            + (method == LockMethod.IPTABLES
                                    ? "iptables -S and ip6tables -S"
                                    : "nft list ruleset")
                            + "; the first that failed: "
                            + left.get(0));
        }
    }

    private List<List<String>> commands() throws IOException {
        List<List<String>> all = new ArrayList<>();
        if (method == LockMethod.NFTABLES) {
            for (String table : tables()) {
                all.add(List.of("nft", "delete", "table", "inet", table));
            }
        } else if (other.isPresent()) {
            for (String program : List.of("iptables", "ip6tables")) {
                all.add(List.of(program, "-w", "-D", "INPUT", "-j", "CRIU"));
                all.add(List.of(program, "-w", "-D", "OUTPUT", "-j", "CRIU"));
                all.add(List.of(program, "-w", "-F", "CRIU"));
                all.add(List.of(program, "-w", "-X", "CRIU"));
            }
        } else {
            connections.forEach(one -> all.addAll(rules(one)));
        }
        return all.stream().map(this::inNamespace).toList();
    }

    /** As CRIU has made them. */
    static List<List<String>> rules(TcpConnection of) {
        String local = of.local().getHostAddress();
        String remote = of.remote().getHostAddress();
        return List.of(
                rule(of, "INPUT", remote, of.remotePort(), local, of.localPort()),
                rule(of, "OUTPUT", local, of.localPort(), remote, of.remotePort()));
    }

    private static List<String> rule(
            TcpConnection of, String chain, String from, int fromPort, String to, int toPort) {
        return List.of(
                of.isIpv6() ? "ip6tables" : "iptables",
                "-w",
                "-D",
                chain,
                "-p",
                "tcp",
                "-m",
                "mark",
                "!",
                "--mark",
                MARK,
                "-s",
                from,
                "--sport",
                "" + fromPort,
                "-d",
                to,
                "--dport",
                "" + toPort,
                "-j",
                "DROP");
    }

    private List<String> inNamespace(List<String> command) {
        if (other.isEmpty()) {
            return command;
        }
        List<String> words = new ArrayList<>();
        words.add("nsenter");
        words.add("--net=/proc/" + ProcessHandle.current().pid() + "/fd/" + other.getAsInt());
        words.addAll(command);
        return words;
    }

    /** CRIU may cut the name short. */
    private List<String> tables() throws IOException {
        ProgramAnswer run =
                ProgramAnswer.of(inNamespace(List.of("nft", "list", "tables", "inet")), TIMEOUT);
        String name = TABLE + runId();
        return run.out()
                .lines()
                .map(line -> line.replaceFirst("^table inet ", "").strip())
                .filter(table -> table.length() > SHORTEST && name.startsWith(table))
                .toList();
    }

    private String runId() throws IOException {
        String inventory = Files.readString(images.resolve(INVENTORY), StandardCharsets.ISO_8859_1);
        Matcher id = RUN_ID.matcher(inventory);
        if (!id.find()) {
            throw new IOException(
                    "its inventory does not say how CRIU has named its table of rules: see nft list"
                            + " ruleset");
        }
        return id.group();
    }

    @Override
    public void close() throws IOException {
        if (other.isPresent()) {
            Posix.close(other.getAsInt());
        }
    }
}
