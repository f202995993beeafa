package io.pageproxy.dest.lazy;

import io.pageproxy.pagestream.RecordLayout;
import io.pageproxy.process.ChildLauncher;
import io.pageproxy.process.ChildProcess;
import io.pageproxy.process.ChildSpec;
import io.pageproxy.session.SessionName;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Starts lazy-pages daemons on our socket: no plaintext port exists.
 *
 * @param command such as {@code criu lazy-pages -D /srv/images/{session}}; {@link #SESSION} stands
 *     for the session's name
 * @param version the CRIU's, as it says itself
 * @param layout the record layout of that CRIU
 */
public record LazyDaemons(
        ChildLauncher launcher, List<String> command, String version, RecordLayout layout) {
    /** What the session's name is put in place of. */
    public static final String SESSION = "{session}";

    /** Copies the list. */
    public LazyDaemons {
        command = List.copyOf(command);
    }

    /** Whether a session without a name would leave a hole in the command. */
    boolean needName() {
        return command.stream().anyMatch(word -> word.contains(SESSION));
    }

    /**
     * Starts one, with {@code --page-server --ps-socket FD} appended; its output is ours.
     *
     * @throws IOException that says why it could not be started
     */
    ChildProcess start(Optional<SessionName> session) throws IOException {
        String name = session.map(SessionName::value).orElse("");
        List<String> words = new ArrayList<>();
        command.forEach(word -> words.add(word.replace(SESSION, name)));
        words.add("--page-server");
        words.add("--ps-socket");
        words.add(Integer.toString(ChildLauncher.SOCKET_DESCRIPTOR));
        return launcher.launch(new ChildSpec(words, System.getenv(), Optional.empty()));
    }
}
