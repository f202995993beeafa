package io.pageproxy.monitor;

import io.pageproxy.posix.Capabilities;
import io.pageproxy.posix.PacketSocket;
import io.pageproxy.posix.Posix;
import io.pageproxy.process.ChildLauncher;
import io.pageproxy.process.ChildProcess;
import io.pageproxy.process.ChildSpec;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The process that speaks to the network: this program once more, with the same command line, as an
 * ordinary user.
 *
 * @param child the process
 * @param socket our end of the socket between it and its monitor
 */
public record NetworkProcess(ChildProcess child, PacketSocket socket) {
    /** System property that holds the number of the descriptor that it inherits. */
    public static final String DESCRIPTOR_PROPERTY = "pageproxy.monitor";

    private static final Path SELF = Path.of("/proc/self");

    /** systemd watches us; the network process, which answers for us, does not have this pid. */
    private static final String WATCHED_PID = "WATCHDOG_PID";

    /**
     * Starts it.
     *
     * @param kept its capabilities
     */
    public static NetworkProcess start(ChildLauncher launcher, OrdinaryUser user, Capabilities kept)
            throws IOException {
        List<String> words = new ArrayList<>(user.prefix(kept));
        words.addAll(ownCommandLine());
        Map<String, String> environment = new HashMap<>(System.getenv());
        environment.remove(WATCHED_PID);
        PacketSocket.Pair pair = PacketSocket.open();
        try {
            ChildSpec spec =
                    new ChildSpec(
                            words,
                            environment,
                            Optional.empty(),
                            OptionalInt.of(pair.descriptor()),
                            true);
            ChildProcess child = launcher.launch(spec);
            Posix.close(child.takeSocket()); // It uses the other one.
            return new NetworkProcess(child, pair.ours());
        } catch (IOException e) {
            pair.ours().close();
            throw e;
        } finally {
            Posix.close(pair.descriptor());
        }
    }

    /** Whether this process is one, and so has a monitor. */
    public static boolean isThis() {
        return System.getProperty(DESCRIPTOR_PROPERTY) != null;
    }

    /**
     * Takes over the inherited end of the socket between this process and its monitor.
     *
     * @throws IOException if it is not there
     */
    public static PacketSocket monitorOfThis() throws IOException {
        int descriptor = Integer.getInteger(DESCRIPTOR_PROPERTY);
        Posix.close(ChildLauncher.SOCKET_DESCRIPTOR); // Nobody has its other end.
        return PacketSocket.inherited(descriptor);
    }

    /** The command line of this process with one more system property. */
    private static List<String> ownCommandLine() throws IOException {
        String text =
                Files.readString(SELF.resolve("cmdline"), Charset.forName(Posix.NATIVE_ENCODING));
        List<String> words = new ArrayList<>(List.of(text.split("\0", -1)));
        words.remove(words.size() - 1); // Behind the last NUL.
        words.set(0, Files.readSymbolicLink(SELF.resolve("exe")).toString());
        words.add(1, "-D" + DESCRIPTOR_PROPERTY + "=" + ChildLauncher.KEPT_DESCRIPTOR);
        return words;
    }
}
