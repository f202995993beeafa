package io.pageproxy.source.migrate;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What is to be moved, and how it is dumped.
 *
 * @param criu the program
 * @param pid the root of the tree
 * @param dumpFolder where the dump leaves all but its pages, and each round in a folder below
 * @param rounds how many rounds of pre-dumps go before the dump
 * @param restore whether the destination shall restore it; else the images are all
 * @param dumpArguments the operator's own, handed on to criu dump and criu pre-dump
 */
public record MigrationPlan(
        String criu,
        long pid,
        Path dumpFolder,
        RoundsChoice rounds,
        boolean restore,
        List<String> dumpArguments) {

    /** Where a lazy dump serves its pages. */
    static final String LOOPBACK = "127.0.0.1";

    /** How a round's folder below the dump's is called, before its number. */
    public static final String ROUND_FOLDER = "round-";

    /** Copies the list. */
    public MigrationPlan {
        dumpArguments = List.copyOf(dumpArguments);
    }

    /** Where a round's pre-dump leaves what the next one needs. */
    Path roundFolder(int number) {
        return dumpFolder.resolve(ROUND_FOLDER + number);
    }

    /** A round's command, without its page server. */
    List<String> preDumper(int number) {
        return command("pre-dump", roundFolder(number), number - 1, List.of("--track-mem"));
    }

    /**
     * The dump's command, without its page server.
     *
     * @param roundsDone how many rounds it builds on
     */
    List<String> dumper(int roundsDone, List<String> gateArguments) {
        List<String> more = new ArrayList<>(gateArguments);
        if (roundsDone > 0) {
            more.add("--track-mem");
        }
        return command("dump", dumpFolder, roundsDone, more);
    }

    /**
     * The command of a dump that keeps its pages and serves them.
     *
     * @param port of the loopback address, where it will listen
     */
    List<String> lazyDumper(int port, List<String> gateArguments) {
        List<String> more = new ArrayList<>(gateArguments);
        more.addAll(List.of("--lazy-pages", "--address", LOOPBACK, "--port", "" + port));
        return command("dump", dumpFolder, 0, more);
    }

    private List<String> command(String action, Path folder, int lastRound, List<String> more) {
        List<String> words = new ArrayList<>(List.of(criu, action, "--tree", Long.toString(pid)));
        words.addAll(List.of("--images-dir", folder.toString()));
        if (lastRound > 0) {
            // As seen from the folder: it becomes the text of the link 'parent' in it.
            Path last = folder.relativize(roundFolder(lastRound));
            words.addAll(List.of("--prev-images-dir", last.toString()));
        }
        words.addAll(more);
        words.addAll(dumpArguments);
        return words;
    }
}
