package io.pageproxy.cli.check;

import io.netty.channel.EventLoop;
import io.pageproxy.certificate.TlsConfigException;
import io.pageproxy.certificate.TlsFiles;
import io.pageproxy.cli.Version;
import io.pageproxy.cli.options.DestinationName;
import io.pageproxy.cli.progress.TreeMemory;
import io.pageproxy.criu.Task;
import io.pageproxy.frame.Frame.Attach;
import io.pageproxy.frame.Frame.Foresee;
import io.pageproxy.frame.Frame.Foreseen;
import io.pageproxy.frame.TreeNeeds;
import io.pageproxy.peer.PeerPolicy;
import io.pageproxy.posix.Posix;
import io.pageproxy.posix.UnixPeers;
import io.pageproxy.process.ProgramAnswer;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.HostFacts;
import io.pageproxy.session.SessionException;
import io.pageproxy.session.Side;
import io.pageproxy.source.foresight.TreeFacts;
import io.pageproxy.source.migrate.sync.SyncPlan;
import io.pageproxy.source.tunnel.PeerQuestion;
import io.pageproxy.source.tunnel.PeerQuestion.Answer;
import io.pageproxy.text.SafeText;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Checks whether a migration would succeed, without stopping a task: this host, the tree, and what
 * the destination says of it.
 *
 * @param wanted the migration
 * @param trust how the destination is found and trusted
 */
public record DryRun(Wanted wanted, Trust trust) {
    private static final String TREE = "tree";

    /** An option of migrate itself, besides one of the dump. */
    private static final String EXTERNAL = "--external";

    private static final String CONNECTIONS = "--tcp-established";

    private static final Duration CRIU_TIMEOUT = Duration.ofSeconds(10);
    private static final int MAX_SHOWN_CHARS = 200;

    /**
     * The migration.
     *
     * @param root of the tree
     * @param container id of the container of runc whose tree that is
     * @param session the name of its images
     * @param criu the program
     * @param arguments further ones of the dump
     * @param rounds whether there are pre-dumps
     * @param lazy whether the tree runs before its memory is there, if only what rounds have left
     * @param restore whether the destination restores it
     * @param files which of its files are copied
     */
    public record Wanted(
            Task root,
            Optional<String> container,
            Optional<String> session,
            String criu,
            List<String> arguments,
            boolean rounds,
            boolean lazy,
            boolean restore,
            SyncPlan files) {}

    /**
     * How the destination is found and trusted.
     *
     * @param timeout limit of each step
     */
    public record Trust(
            DestinationName destination,
            TlsFiles files,
            boolean unsafeKeyPermissions,
            PeerPolicy policy,
            Duration timeout) {}

    /** Makes all checks; blocks. */
    public List<Finding> run(EventLoop loop) throws IOException, InterruptedException {
        List<Finding> findings = new ArrayList<>();
        CertificateCheck certificate =
                new CertificateCheck(
                        trust.unsafeKeyPermissions(), Set.of(Side.SOURCE), Instant.now());
        findings.addAll(certificate.run(trust.files()));
        boolean mayConnect = findings.stream().allMatch(finding -> finding.exitCode() == 0);
        findings.addAll(new CriuCheck(wanted.criu()).run(loop, true));
        if (wanted.lazy()) {
            findings.add(CriuCheck.ofLazyDumps().required());
        }
        if (wanted.rounds()) {
            findings.add(ofRounds());
        }
        TreeFacts tree = new TreeFacts(wanted.root());
        findings.addAll(ofTree(tree));
        CopyCheck copies = CopyCheck.of(wanted.files());
        if (!copies.needs().isEmpty()) {
            findings.add(copies.ofRsync());
        }
        if (mayConnect) {
            findings.addAll(ofDestination(loop, tree, copies));
        } else {
            findings.add(
                    Finding.skipped(PeerCheck.SUBJECT, "not asked: fix the certificate first"));
        }
        return findings;
    }

    private Finding ofRounds() {
        String subject = "rounds";
        try {
            ProgramAnswer answer = criu("check", "--feature", "mem_dirty_track");
            return answer.exit().success()
                    ? Finding.ok(subject, "possible: the kernel tells which pages have changed")
                    : Finding.failed(
                            subject,
                            "not possible: this kernel does not tell which pages have changed"
                                    + " (CONFIG_MEM_SOFT_DIRTY): leave out --rounds");
        } catch (IOException e) {
            return Finding.failed(subject, e.getMessage());
        }
    }

    private ProgramAnswer criu(String... arguments) throws IOException {
        List<String> words = new ArrayList<>(List.of(wanted.criu()));
        words.addAll(List.of(arguments));
        return ProgramAnswer.of(words, CRIU_TIMEOUT);
    }

    private List<Finding> ofTree(TreeFacts tree) throws IOException {
        List<Finding> findings = new ArrayList<>();
        if (!tree.tracers().isEmpty()) {
            findings.add(
                    Finding.failed(
                            TREE,
                            "is traced by process "
                                    + tree.tracers().first()
                                    + ", and CRIU must trace it itself: end that debugger"));
        }
        if (!tree.opaque().isEmpty()) {
            findings.add(
                    Finding.failed(
                            TREE,
                            "has "
                                    + String.join(", ", tree.opaque())
                                    + " open, which CRIU cannot dump"));
        }
        if (tree.hasSharedSysvMemory() && !tree.ownNamespace("ipc")) {
            findings.add(
                    Finding.failed(
                            TREE,
                            "has System V shared memory of this host, which CRIU dumps only with"
                                    + " an IPC namespace of the tree's own"));
        }
        require(
                findings,
                tree.inForeignSession() && wanted.container().isEmpty(),
                "its session's leader is outside of it, as with a job of a shell",
                "--shell-job",
                "-j");
        require(
                findings,
                !tree.connections().isEmpty(),
                "has open TCP connections (" + shown(tree.connections()) + ")",
                CONNECTIONS);
        checkUnixSockets(findings, tree.unixSocketsToOthers());
        require(findings, tree.hasFileLocks(), "holds locks of files", "--file-locks", "-l");
        if (findings.isEmpty()) {
            findings.add(
                    Finding.ok(
                            TREE,
                            tree.processes()
                                    + (tree.processes() == 1 ? " process" : " processes")
                                    + ", about "
                                    + (memoryBytes() >> 20)
                                    + " MiB of memory, nothing that CRIU is known to refuse"));
        }
        return findings;
    }

    /** CRIU connects those again that carry datagrams to a name, and refuses all others. */
    private void checkUnixSockets(List<Finding> findings, List<UnixPeers.Connected> toOthers) {
        List<String> named =
                toOthers.stream()
                        .filter(socket -> socket.datagram() && !socket.peerName().isEmpty())
                        .map(UnixPeers.Connected::peerName)
                        .distinct()
                        .toList();
        require(
                findings,
                !named.isEmpty(),
                "sends datagrams to Unix sockets outside of it (" + shown(named) + ")",
                "--ext-unix-sk",
                "-x");
        List<String> others =
                toOthers.stream()
                        .filter(socket -> !socket.datagram() || socket.peerName().isEmpty())
                        .map(socket -> socket.peerName().isEmpty() ? "no name" : socket.peerName())
                        .distinct()
                        .toList();
        if (!others.isEmpty() && wanted.arguments().stream().noneMatch(EXTERNAL::equals)) {
            findings.add(
                    Finding.failed(
                            TREE,
                            "has Unix sockets connected to processes outside of it ("
                                    + shown(others)
                                    + "), which CRIU cannot dump: close them, or move both ends"));
        }
    }

    private void require(
            List<Finding> findings, boolean needed, String what, String option, String... short_) {
        boolean given =
                wanted.arguments().contains(option)
                        || Set.of(short_).stream().anyMatch(wanted.arguments()::contains);
        if (needed && !given) {
            findings.add(
                    Finding.failed(
                            TREE,
                            what + ": give " + (option.equals(CONNECTIONS) ? "" : "-- ") + option));
        }
    }

    private static String shown(List<String> all) {
        return SafeText.abridged(SafeText.line(String.join(", ", all)), MAX_SHOWN_CHARS);
    }

    private long memoryBytes() {
        return TreeMemory.bytes(wanted.root().pid()).orElse(0);
    }

    private List<Finding> ofDestination(EventLoop loop, TreeFacts tree, CopyCheck copies)
            throws IOException, InterruptedException {
        HostFacts host = HostFacts.local(Posix.pageSizeBytes());
        PeerCheck peer =
                new PeerCheck(
                        trust.destination(),
                        trust.files(),
                        trust.unsafeKeyPermissions(),
                        trust.policy(),
                        trust.timeout(),
                        host,
                        Version.agent());
        Foresee question =
                new Foresee(
                        new Attach(
                                Version.agent(),
                                wanted.session(),
                                wanted.restore(),
                                wanted.lazy() && !wanted.rounds(),
                                trust.timeout().toMillis(),
                                Optional.empty(),
                                wanted.container(),
                                wanted.lazy() && wanted.rounds(),
                                wanted.files().withBundle()),
                        host,
                        needs(tree, copies));
        try {
            Answer<Foreseen> answer = peer.ask(loop, new PeerQuestion<>(question, Foreseen.class));
            return answer.frame().remarks().stream().map(Finding::of).toList();
        } catch (TlsConfigException e) {
            return List.of(Finding.failed(PeerCheck.SUBJECT, e.getMessage()));
        } catch (SessionException e) {
            return List.of(
                    Finding.failed(
                            PeerCheck.SUBJECT,
                            e.reason() == CloseReason.TUNNEL_PROTOCOL
                                    ? e.getMessage()
                                            + "; a destination older than this version knows no"
                                            + " dry run: upgrade it"
                                    : e.getMessage(),
                            e));
        }
    }

    /** Pids, ports and paths count only if they are those of the host. */
    private TreeNeeds needs(TreeFacts tree, CopyCheck copies) throws IOException {
        return new TreeNeeds(
                memoryBytes(),
                tree.ownNamespace("pid") ? List.of() : tree.pids(),
                tree.ownNamespace("net") ? List.of() : tree.ports(),
                wanted.restore() ? processor() : Optional.empty(),
                tree.ownNamespace("mnt") ? List.of() : copies.without(tree.files()),
                wanted.arguments().contains(CONNECTIONS),
                copies.needs());
    }

    /** Empty if CRIU cannot tell. */
    private Optional<String> processor() throws IOException {
        Path folder = Files.createTempDirectory("pageproxy-cpu");
        try {
            criu("cpuinfo", "dump", "-D", folder.toString());
            Path image = folder.resolve("cpuinfo.img");
            return Files.exists(image)
                    ? Optional.of(Base64.getEncoder().encodeToString(Files.readAllBytes(image)))
                    : Optional.empty();
        } finally {
            try (DirectoryStream<Path> left = Files.newDirectoryStream(folder)) {
                for (Path file : left) {
                    Files.delete(file);
                }
            }
            Files.delete(folder);
        }
    }
}
