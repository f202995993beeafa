package io.pageproxy.dest.lazy;

import io.netty.channel.EventLoop;
import io.netty.channel.unix.FileDescriptor;
import io.pageproxy.async.Reactions;
import io.pageproxy.criu.Task;
import io.pageproxy.criu.TreeWatchdog;
import io.pageproxy.pagestream.RecordLayout;
import io.pageproxy.posix.Signals;
import io.pageproxy.process.ChildEnvironment;
import io.pageproxy.process.ChildLauncher;
import io.pageproxy.process.ChildProcess;
import io.pageproxy.process.ChildSpec;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import io.pageproxy.session.SessionName;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Starts lazy-pages daemons that inherit a socket from us, so that no plaintext port is open.
 *
 * @param launcher starts the daemons
 * @param command such as {@code criu lazy-pages -D /srv/images/{session}}; {@link #SESSION} stands
 *     for the session's name
 * @param version CRIU's version, as it reports itself
 * @param layout the record layout of that CRIU
 */
public record ChildDaemons(
        ChildLauncher launcher, List<String> command, String version, RecordLayout layout)
        implements LazyDaemons {
    /** Placeholder for the session's name. */
    public static final String SESSION = "{session}";

    private static final String IMAGES = "-D";
    private static final String IMAGES_LONG = "--images-dir";

    /** Copies the list. */
    public ChildDaemons {
        command = List.copyOf(command);
    }

    @Override
    public LazyDaemon daemon(
            Optional<SessionName> session, EventLoop loop, LazyDaemonListener listener) {
        if (session.isEmpty() && command.stream().anyMatch(word -> word.contains(SESSION))) {
            throw new SessionException(
                    CloseReason.SESSION_INVALID,
                    "the destination's lazy-pages command wants the session's name: give --session"
                            + " at the source");
        }
        String name = session.map(SessionName::value).orElse("");
        List<String> words = command.stream().map(word -> word.replace(SESSION, name)).toList();
        return new ChildDaemon(() -> start(words), imagesOf(words), loop, listener);
    }

    /** The folder that CRIU's own option names, anywhere in the command. */
    static Optional<Path> imagesOf(List<String> words) {
        for (int i = 0; i < words.size(); i++) {
            String word = words.get(i);
            if (word.startsWith(IMAGES_LONG + "=")) {
                return Optional.of(Path.of(word.substring(IMAGES_LONG.length() + 1)));
            }
            if ((word.equals(IMAGES) || word.equals(IMAGES_LONG)) && i + 1 < words.size()) {
                return Optional.of(Path.of(words.get(i + 1)));
            }
        }
        return Optional.empty();
    }

    /**
     * Starts a daemon with {@code --page-server --ps-socket FD} appended. It writes to our output.
     *
     * @throws IOException if that fails; its message says why
     */
    private ChildProcess start(List<String> daemon) throws IOException {
        List<String> words = new ArrayList<>(daemon);
        words.add("--page-server");
        words.add("--ps-socket");
        words.add(Integer.toString(ChildLauncher.SOCKET_DESCRIPTOR));
        ChildSpec spec = new ChildSpec(words, ChildEnvironment.minimal(), Optional.empty());
        ChildProcess child = launcher.launch(spec.inOwnSession());
        try {
            watch(child);
        } catch (IOException e) {
            if (!child.exit().isDone()) {
                child.signal(Signals.SIGKILL);
                new FileDescriptor(child.takeSocket()).close();
                throw e;
            } // Else it ended before the watchdog could watch it, which is reported as its exit.
        }
        return child;
    }

    /** If we are killed, the command and all that it has started are killed too. */
    private void watch(ChildProcess child) throws IOException {
        Task root = Task.of(child).orElseThrow(() -> new IOException("the command has ended"));
        TreeWatchdog watchdog =
                TreeWatchdog.start(launcher, root, TreeWatchdog.Action.KILL, OptionalInt.empty());
        Reactions.whenDone(child.exit(), () -> release(watchdog));
    }

    private static void release(TreeWatchdog watchdog) {
        try (watchdog) {
            watchdog.leave();
        } catch (IOException e) {
            return; // The watchdog has ended: it watches nothing any more.
        }
    }
}
