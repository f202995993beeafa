package io.pageproxy.source.dumper;

import io.pageproxy.pagestream.PageStreamListener;
import io.pageproxy.process.ChildLauncher;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A dumper to start.
 *
 * @param words the program and its arguments; see {@link Pages} for those of its page server
 * @param environment its complete environment
 * @param pages how it reaches us, its page server, if it does
 * @param log its log file; empty: its options say where it is
 * @param tree root of the tree that it dumps; empty if that is not known
 * @param observer sees its page stream too, on the event loop of its session; empty: nobody does
 */
public record DumpCommand(
        List<String> words,
        Map<String, String> environment,
        Pages pages,
        Optional<Path> log,
        OptionalLong tree,
        Optional<PageStreamListener> observer) {

    /** How a dumper reaches its page server. */
    public enum Pages {
        /** On an inherited socket, by options that are appended. */
        INHERITED_SOCKET,
        /**
         * On a socket that the program passes on, as descriptor {@value #PASSED_DESCRIPTOR}, to the
         * CRIU that it starts itself; what tells that CRIU of it is the command's own affair.
         */
        PASSED_SOCKET,
        /** Not at all: it keeps the pages and serves them itself, at a port. */
        SERVED
    }

    /**
     * Above those that runc gives its CRIU, from 3 on; of one digit, which is what every {@code sh}
     * takes.
     */
    public static final int PASSED_DESCRIPTOR = 9;

    /** Copies the collections. */
    public DumpCommand {
        words = List.copyOf(words);
        environment = Map.copyOf(environment);
    }

    /** A dumper whose page stream nobody else sees. */
    public DumpCommand(
            List<String> words,
            Map<String, String> environment,
            Pages pages,
            Optional<Path> log,
            OptionalLong tree) {
        this(words, environment, pages, log, tree, Optional.empty());
    }

    /** A command that starts CRIU with our environment, and whose pages we carry. */
    public static DumpCommand ofCriu(List<String> words) {
        return ofCriu(words, Pages.INHERITED_SOCKET);
    }

    /** A command that starts CRIU with our environment. */
    public static DumpCommand ofCriu(List<String> words, Pages pages) {
        return new DumpCommand(
                words, System.getenv(), pages, Optional.empty(), CriuOptions.tree(words));
    }

    /** The same command, whose page stream somebody sees too. */
    public DumpCommand observedBy(PageStreamListener listener) {
        return new DumpCommand(words, environment, pages, log, tree, Optional.of(listener));
    }

    /** What is started, with our socket as {@link ChildLauncher#SOCKET_DESCRIPTOR}. */
    public List<String> withSocket() {
        String socket = Integer.toString(ChildLauncher.SOCKET_DESCRIPTOR);
        List<String> all = new ArrayList<>();
        switch (pages) {
            case INHERITED_SOCKET -> {
                all.addAll(words);
                all.addAll(List.of("--page-server", "--ps-socket", socket));
            }
            case PASSED_SOCKET -> {
                String moved = PASSED_DESCRIPTOR + "<&" + socket + " " + socket + "<&-";
                all.addAll(List.of("/bin/sh", "-c", "exec \"$@\" " + moved, "sh"));
                all.addAll(words);
            }
            case SERVED -> all.addAll(words);
        }
        return all;
    }

    /** The log of the dump, which has not begun. */
    public DumpLog logIn(Path directory) {
        return log.map(DumpLog::at).orElseGet(() -> DumpLog.of(words, directory));
    }

    /** Whether it leaves pages to the images of an earlier dump. */
    public boolean hasParent() {
        return words.contains("--parent-path") // Of runc; pageproxy itself writes it.
                || CriuOptions.value(words, "-p", "--prev-images-dir").isPresent();
    }
}
