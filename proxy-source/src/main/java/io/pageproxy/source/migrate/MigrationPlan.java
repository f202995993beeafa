package io.pageproxy.source.migrate;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What is to be moved, and how it is dumped.
 *
 * @param criu the program
 * @param pid the root of the tree
 * @param dumpFolder where the dump leaves all but its pages
 * @param restore whether the destination shall restore it; else the images are all
 * @param dumpArguments the operator's own, handed on to criu dump
 */
public record MigrationPlan(
        String criu, long pid, Path dumpFolder, boolean restore, List<String> dumpArguments) {
    /** Copies the list. */
    public MigrationPlan {
        dumpArguments = List.copyOf(dumpArguments);
    }

    /** The dump's command, without its page server. */
    List<String> dumper(List<String> gateArguments) {
        List<String> words = new ArrayList<>(List.of(criu, "dump", "--tree", Long.toString(pid)));
        words.addAll(List.of("--images-dir", dumpFolder.toString()));
        words.addAll(gateArguments);
        words.addAll(dumpArguments);
        return words;
    }
}
