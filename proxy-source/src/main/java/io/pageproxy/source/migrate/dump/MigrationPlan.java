package io.pageproxy.source.migrate.dump;

import io.pageproxy.criu.Task;
import io.pageproxy.runc.RuncCriu;
import io.pageproxy.source.dumper.DumpCommand;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The tree to move, and how CRIU dumps it.
 *
 * @param criu the criu program
 * @param root of the tree
 * @param dumpFolder images folder of the dump; each round has a folder below it
 * @param rounds how many pre-dumps precede the dump
 * @param restore whether the destination restores the tree, or only stores its images
 * @param dumpArguments the operator's arguments, passed to criu dump and criu pre-dump, or to runc
 *     checkpoint
 * @param container the container of runc whose tree it is, if it moves as one
 * @param connections how CRIU blocks the tree's TCP connections, if they move with it
 */
public record MigrationPlan(
        String criu,
        Task root,
        Path dumpFolder,
        RoundsChoice rounds,
        boolean restore,
        List<String> dumpArguments,
        Optional<RuncContainer> container,
        Optional<LockMethod> connections) {

    private static final String CONNECTIONS = "--tcp-established";

    /** Address at which a lazy dump serves its pages. */
    public static final String LOOPBACK = "127.0.0.1";

    /** Name of CRIU's log in the folder of a dump, unless the operator's arguments say another. */
    public static final String LOG_FILE = "dump.log";

    /** Name of a round's folder below the dump's folder, without the round's number. */
    public static final String ROUND_FOLDER = "round-";

    /** Copies the arguments. */
    public MigrationPlan {
        dumpArguments = List.copyOf(dumpArguments);
    }

    /** A plan for a process tree. */
    public MigrationPlan(
            String criu,
            Task root,
            Path dumpFolder,
            RoundsChoice rounds,
            boolean restore,
            List<String> dumpArguments) {
        this(
                criu,
                root,
                dumpFolder,
                rounds,
                restore,
                dumpArguments,
                Optional.empty(),
                Optional.empty());
    }

    /** Pid of the root. */
    public long pid() {
        return root.pid();
    }

    /** What moves, for messages. */
    public String subject() {
        return container
                .map(one -> "container " + one.id())
                .orElseGet(() -> "the tree of " + pid());
    }

    /** What its dumper is told to dump, for messages: a pid, or the id of a container. */
    public String target() {
        return container.map(RuncContainer::id).orElseGet(() -> Long.toString(pid()));
    }

    /** What dumps it, for messages. */
    public String dumperName() {
        return container.isPresent() ? "runc checkpoint" : "criu dump";
    }

    /** What a round runs, for messages. */
    public String preDumperName() {
        return container.isPresent() ? "runc checkpoint --pre-dump" : "criu pre-dump";
    }

    /** Images folder of a round's pre-dump. */
    public Path roundFolder(int number) {
        return dumpFolder.resolve(ROUND_FOLDER + number);
    }

    /** Command of a round's pre-dump, without the page-server options. */
    public List<String> preDumper(int number) {
        return command("pre-dump", roundFolder(number), number - 1, List.of("--track-mem"));
    }

    /**
     * Command of a round's pre-dump of a container.
     *
     * @param with the CRIU that runc is to use
     */
    DumpCommand containerPreDumper(RuncContainer of, int number, RuncCriu with) {
        Path folder = roundFolder(number);
        return of.dumper(folder, pid(), with, ofRunc(folder, number - 1, "--pre-dump"));
    }

    /**
     * Command of the dump, without the page-server options.
     *
     * @param roundsDone how many rounds it builds on
     * @param barrierArguments of the action script that holds it
     */
    public List<String> dumper(int roundsDone, List<String> barrierArguments) {
        List<String> more = tracking(roundsDone, barrierArguments);
        connections.ifPresent(
                lock -> more.addAll(List.of(CONNECTIONS, "--network-lock", lock.word())));
        return command("dump", dumpFolder, roundsDone, more);
    }

    /**
     * Command of the dump of a container.
     *
     * @param of the container
     * @param roundsDone how many rounds it builds on
     * @param with the CRIU that holds it
     */
    DumpCommand containerDumper(RuncContainer of, int roundsDone, RuncCriu with) {
        List<String> more = ofRunc(dumpFolder, roundsDone);
        connections.ifPresent(lock -> more.add(CONNECTIONS));
        return of.dumper(dumpFolder, pid(), with, more);
    }

    /**
     * Command of a dump that keeps its pages and serves them.
     *
     * @param roundsDone how many rounds it builds on; their pagemaps must be in their folders
     * @param port of the loopback address, where it will listen
     * @param barrierArguments of the action script that holds it
     * @param runcCriu the CRIU of a container, which that script holds
     */
    DumpCommand lazyDumper(
            int roundsDone, int port, List<String> barrierArguments, Optional<RuncCriu> runcCriu) {
        if (runcCriu.isPresent()) {
            return container
                    .orElseThrow()
                    .lazyDumper(
                            dumpFolder,
                            pid(),
                            runcCriu.get(),
                            port,
                            ofRunc(dumpFolder, roundsDone));
        }
        List<String> more = tracking(roundsDone, barrierArguments);
        more.addAll(List.of("--lazy-pages", "--address", LOOPBACK, "--port", "" + port));
        return DumpCommand.ofCriu(
                command("dump", dumpFolder, roundsDone, more), DumpCommand.Pages.SERVED);
    }

    private static List<String> tracking(int roundsDone, List<String> barrierArguments) {
        List<String> more = new ArrayList<>(barrierArguments);
        if (roundsDone > 0) {
            more.add("--track-mem");
        }
        return more;
    }

    private List<String> command(String action, Path folder, int lastRound, List<String> more) {
        List<String> words = new ArrayList<>(List.of(criu, action, "--tree", Long.toString(pid())));
        words.addAll(List.of("--images-dir", folder.toString(), "--log-file", LOG_FILE));
        words.addAll(parent("--prev-images-dir", folder, lastRound));
        words.addAll(more);
        words.addAll(dumpArguments);
        return words;
    }

    private List<String> ofRunc(Path folder, int lastRound, String... first) {
        List<String> words = new ArrayList<>(List.of(first));
        words.addAll(parent("--parent-path", folder, lastRound));
        words.addAll(dumpArguments);
        return words;
    }

    /** Relative to the folder, since CRIU makes it the target of the link 'parent' in it. */
    private List<String> parent(String option, Path folder, int lastRound) {
        return lastRound == 0
                ? List.of()
                : List.of(option, folder.relativize(roundFolder(lastRound)).toString());
    }
}
