package io.pageproxy.cli.source;

import io.pageproxy.cli.options.Converters;
import io.pageproxy.rsync.RsyncProgram;
import io.pageproxy.source.migrate.sync.SyncPlan;
import io.pageproxy.source.migrate.sync.SyncPlan.Folder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** Which files move with the tree. */
final class SyncOptions {
    private static final int MAX_FOLDERS = 16;

    /** One field of a frame holds it, whatever its characters. */
    private static final int MAX_PATH_CHARS = 1_000;

    @Option(
            names = "--sync",
            paramLabel = "PATH[:DESTPATH]",
            description =
                    "copy this folder with rsync, once while the tree runs and once more while it"
                            + " is frozen, to the same path or DESTPATH below dest --sync-root"
                            + " (repeatable); what is there and not here is deleted there. Both"
                            + " hosts need rsync 3.2 or later")
    private List<String> given = List.of();

    @Option(
            names = "--sync-bundle",
            description =
                    "with --runc: copy the container's bundle in the same way, with its config.json,"
                            + " to the folder of its id in dest --runc-bundles, which must lie below"
                            + " dest --sync-root")
    private boolean bundle;

    @Option(
            names = "--sync-timeout",
            paramLabel = "TIME",
            converter = Converters.ToDuration.class,
            defaultValue = "60s",
            description =
                    "how long the last copy of files may take, in which the tree is frozen, and how"
                            + " long the first may bring nothing (default: ${DEFAULT-VALUE})")
    private Duration timeout;

    @Option(
            names = "--sync-compress",
            description =
                    "let rsync compress what it sends, for a slow link, such as one of 100 Mbit/s")
    private boolean compress;

    /**
     * What is to be copied.
     *
     * @param restore whether the tree is restored
     * @param container the bundle of the container that moves; empty: a process tree does
     * @throws ParameterException that says why it cannot be
     */
    SyncPlan plan(CommandLine command, boolean restore, Optional<Path> container) {
        List<Folder> folders = new ArrayList<>();
        if (bundle) {
            Path path =
                    container.orElseThrow(
                            () ->
                                    new ParameterException(
                                            command,
                                            "--sync-bundle is for --runc ID: give that too, or"
                                                    + " leave it out"));
            folders.add(new Folder(path.normalize(), Optional.empty()));
        }
        for (String each : given) {
            folders.add(folder(command, each));
        }
        if (folders.isEmpty() && compress) {
            throw new ParameterException(
                    command,
                    "--sync-compress is for --sync and --sync-bundle: give one of them, or leave"
                            + " it out");
        }
        if (folders.isEmpty()) {
            return SyncPlan.NONE;
        }
        if (!restore) {
            throw new ParameterException(
                    command,
                    "--sync and --no-restore exclude each other: files are copied for a tree that"
                            + " runs there; leave one out");
        }
        if (folders.size() > MAX_FOLDERS) {
            throw new ParameterException(
                    command, "--sync may be given " + MAX_FOLDERS + " times at most");
        }
        requireDistinct(command, folders);
        try {
            RsyncProgram.version();
        } catch (IOException e) {
            throw new ParameterException(
                    command, "--sync needs rsync on this host: " + e.getMessage());
        }
        return new SyncPlan(folders, timeout, compress);
    }

    private static Folder folder(CommandLine command, String text) {
        int colon = text.indexOf(':');
        String here = colon < 0 ? text : text.substring(0, colon);
        String there = colon < 0 ? text : text.substring(colon + 1);
        Path source = path(command, text, here);
        Path target = path(command, text, there);
        if (!Files.isDirectory(source)) {
            throw wrong(command, text, here + " is no folder");
        }
        return new Folder(source, Optional.of(target.toString()));
    }

    private static Path path(CommandLine command, String option, String text) {
        Path path = Path.of(text).normalize();
        if (!path.isAbsolute() || path.getNameCount() == 0) {
            throw wrong(
                    command, option, "'" + text + "' is not an absolute path of a folder below /");
        }
        if (text.length() > MAX_PATH_CHARS
                || text.codePoints().anyMatch(SyncOptions::isUnprintable)) {
            throw wrong(
                    command,
                    option,
                    "a path has at most " + MAX_PATH_CHARS + " characters, all of them printable");
        }
        return path;
    }

    private static boolean isUnprintable(int character) {
        return switch (Character.getType(character)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE,
                    Character.UNASSIGNED ->
                    true;
            default -> false;
        };
    }

    private static void requireDistinct(CommandLine command, List<Folder> folders) {
        for (int i = 0; i < folders.size(); i++) {
            for (int j = 0; j < folders.size(); j++) {
                if (i != j && overlap(folders.get(i), folders.get(j))) {
                    throw wrong(
                            command,
                            folders.get(i).here().toString(),
                            "it lies in "
                                    + folders.get(j).here()
                                    + ", here or at the destination, and each would delete what the"
                                    + " other copies: name folders of which none holds another");
                }
            }
        }
    }

    private static boolean overlap(Folder inner, Folder outer) {
        return inner.here().startsWith(outer.here())
                || (inner.there().isPresent()
                        && outer.there().isPresent()
                        && Path.of(inner.there().get()).startsWith(outer.there().get()));
    }

    private static ParameterException wrong(CommandLine command, String option, String why) {
        return new ParameterException(command, "--sync " + option + ": " + why);
    }
}
