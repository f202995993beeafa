package io.pageproxy.dest.foresight;

import io.pageproxy.dest.migrate.SyncPermit;
import io.pageproxy.dest.policy.SessionGrant;
import io.pageproxy.dest.restore.Restores;
import io.pageproxy.dest.restore.TakenPids;
import io.pageproxy.dest.session.DestConfig;
import io.pageproxy.dest.sync.SyncRoots;
import io.pageproxy.frame.Frame.Attach;
import io.pageproxy.frame.Frame.Foresee;
import io.pageproxy.frame.Remark;
import io.pageproxy.frame.TreeNeeds;
import io.pageproxy.frame.TreeNeeds.FileNeed;
import io.pageproxy.net.SocketTables;
import io.pageproxy.process.ProgramAnswer;
import io.pageproxy.session.SessionException;
import io.pageproxy.text.SafeText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks whether this host can take a tree. Blocking; any thread.
 *
 * @param config the destination's configuration
 * @param restores what restores the tree
 * @param pageServer version of the page servers
 * @param roots where files may be copied
 */
record Foresight(DestConfig config, Restores restores, String pageServer, SyncRoots roots) {
    private static final Logger LOG = LoggerFactory.getLogger(Foresight.class);
    private static final Duration CRIU_TIMEOUT = Duration.ofSeconds(10);
    private static final int MAX_NAMED = 3;
    private static final String CPU_IMAGE = "cpuinfo.img";

    /**
     * Makes all checks.
     *
     * @param grant what the policy lets the peer do; files are told to whom it lets restore what
     *     may read any
     */
    List<Remark> of(Foresee question, SessionGrant grant) {
        Attach attach = question.attach();
        TreeNeeds needs = question.needs();
        List<Remark> remarks = new ArrayList<>();
        remarks.add(Remark.passed("destination", "accepts it; page server " + pageServer));
        attach.session().ifPresent(name -> remarks.add(folder(name)));
        remarks.add(space(attach, needs));
        if (attach.restore()) {
            remarks.add(cpu(needs));
            remarks.add(
                    attach.container()
                            .map(id -> container(restores, id, attach.bundle()))
                            .orElseGet(() -> pids(needs)));
            remarks.add(ports(needs));
            if (needs.connections()) {
                remarks.add(connections(attach));
            }
            if (!needs.copies().isEmpty()) {
                remarks.add(copies(attach, grant, needs));
            }
            remarks.add(
                    grant.restoreUser().isEmpty() && restores.tellsFiles()
                            ? files(needs)
                            : Remark.skipped(
                                    "files",
                                    "not told: the destination restores as an ordinary user, who"
                                            + " may not know of all files"));
        }
        return remarks;
    }

    private Remark folder(String session) {
        Path folder = config.imagesDir().resolve(session);
        return Files.exists(folder)
                ? Remark.failed(
                        "session",
                        session
                                + " exists already among the images of the destination: choose"
                                + " another --session, or remove it there. Only an incomplete one"
                                + " of yours would be replaced")
                : Remark.passed("session", session + " is free");
    }

    private Remark space(Attach attach, TreeNeeds needs) {
        if (attach.lazy() || needs.memoryBytes() == 0) {
            return Remark.skipped("space", "not needed: the pages are not stored");
        }
        try {
            long free = Files.getFileStore(config.imagesDir()).getUsableSpace();
            String text =
                    "%,d MiB of memory, %,d MiB free for images"
                            .formatted(needs.memoryBytes() >> 20, free >> 20);
            return free >= needs.memoryBytes() || !config.spaceCheck()
                    ? Remark.passed("space", text)
                    : Remark.failed("space", text + ": make room at the destination");
        } catch (IOException e) {
            return Remark.skipped("space", "unknown: " + SafeText.line(e.toString()));
        }
    }

    /** Asks CRIU whether what the source's processor can is what this one can. */
    private Remark cpu(TreeNeeds needs) {
        if (needs.cpu().isEmpty() || restores.criu().isEmpty()) {
            return Remark.skipped(
                    "processor", "not compared: the source has not described its own");
        }
        Path folder = null;
        try {
            folder = Files.createTempDirectory("pageproxy-cpu");
            Files.write(folder.resolve(CPU_IMAGE), Base64.getDecoder().decode(needs.cpu().get()));
            ProgramAnswer answer =
                    ProgramAnswer.of(
                            List.of(
                                    restores.criu().get(),
                                    "cpuinfo",
                                    "check",
                                    "-D",
                                    folder.toString()),
                            CRIU_TIMEOUT);
            return answer.exit().success()
                    ? Remark.passed("processor", "has what the source's has")
                    : Remark.failed(
                            "processor",
                            "lacks what the source's has: "
                                    + SafeText.lastLines(answer.out() + answer.err(), 1, 200)
                                    + "; choose a host with the same or a newer processor");
        } catch (IOException | IllegalArgumentException e) {
            return Remark.skipped("processor", "not compared: " + SafeText.line(e.getMessage()));
        } finally {
            delete(folder);
        }
    }

    private static void delete(Path folder) {
        try {
            if (folder != null) {
                Files.deleteIfExists(folder.resolve(CPU_IMAGE));
                Files.deleteIfExists(folder.resolve("criu.log"));
                Files.deleteIfExists(folder.resolve("cpuinfo.log"));
                Files.deleteIfExists(folder);
            }
        } catch (IOException e) {
            LOG.debug("{} stays", folder, e);
        }
    }

    private static Remark container(Restores restores, String id, boolean bundleComes) {
        try {
            restores.container(id).requirePossible(bundleComes);
            return Remark.passed("container", id + " can be restored into its bundle");
        } catch (SessionException e) {
            return Remark.failed("container", e.getMessage());
        }
    }

    private Remark copies(Attach attach, SessionGrant grant, TreeNeeds needs) {
        try {
            SyncPermit permit =
                    new SyncPermit(attach, grant, roots, restoresOf(attach), bytes -> {});
            return new CopyForesight(permit).of(needs.copies());
        } catch (SessionException e) {
            return Remark.skipped("sync", "not looked at: see container");
        }
    }

    private Restores restoresOf(Attach attach) {
        return attach.container().map(restores::container).orElse(restores);
    }

    private Remark connections(Attach attach) {
        try {
            return restoresOf(attach).withConnections()
                    ? Remark.passed("connections", "are restored with the tree")
                    : Remark.failed(
                            "connections",
                            "are not restored here: start the destination with --tcp-established");
        } catch (SessionException e) {
            return Remark.skipped("connections", "not looked at: see container");
        }
    }

    private static Remark pids(TreeNeeds needs) {
        if (needs.pids().isEmpty()) {
            return Remark.skipped("pids", "not needed: the tree has its own");
        }
        return TakenPids.explain(needs.pids())
                .map(taken -> Remark.failed("pids", taken))
                .orElseGet(() -> Remark.passed("pids", counted(needs.pids().size(), "free")));
    }

    private static Remark ports(TreeNeeds needs) {
        if (needs.ports().isEmpty()) {
            return Remark.skipped("ports", "not needed");
        }
        try {
            List<SocketTables.Entry> sockets = SocketTables.of(Path.of("/proc/self"));
            List<String> taken = new ArrayList<>();
            for (String port : needs.ports()) {
                if (SocketTables.conflict(sockets, port).isPresent()) {
                    taken.add(port);
                }
            }
            return taken.isEmpty()
                    ? Remark.passed("ports", counted(needs.ports().size(), "free"))
                    : Remark.failed(
                            "ports",
                            named(taken)
                                    + " taken at the destination: stop what listens there, or"
                                    + " start dest in a network namespace of its own");
        } catch (IOException e) {
            return Remark.skipped("ports", "unknown: " + SafeText.line(e.toString()));
        }
    }

    private static Remark files(TreeNeeds needs) {
        List<String> wrong =
                needs.files().stream()
                        .map(Foresight::fault)
                        .flatMap(Optional::stream)
                        .collect(Collectors.toList());
        return wrong.isEmpty()
                ? Remark.passed(
                        "files", counted(needs.files().size(), "here, with the same length"))
                : Remark.failed(
                        "files",
                        named(wrong)
                                + ": the restore opens them by the same path, so bring them there"
                                + " first");
    }

    private static Optional<String> fault(FileNeed file) {
        try {
            Path path = Path.of(file.path());
            if (!Files.isRegularFile(path)) {
                return Optional.of(file.path() + " is missing");
            }
            long bytes = Files.size(path);
            return bytes == file.bytes()
                    ? Optional.empty()
                    : Optional.of(
                            file.path() + " has " + bytes + " bytes in place of " + file.bytes());
        } catch (IOException e) {
            return Optional.of(file.path() + " cannot be read");
        }
    }

    private static String counted(int count, String what) {
        return count + (count == 1 ? " is " : " are ") + what;
    }

    private static String named(List<String> all) {
        String named = String.join(", ", all.subList(0, Math.min(MAX_NAMED, all.size())));
        return all.size() > MAX_NAMED
                ? named + " and " + (all.size() - MAX_NAMED) + " more"
                : named;
    }
}
