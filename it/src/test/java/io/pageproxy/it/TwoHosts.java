package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** A source host and a destination host: two network namespaces connected by a veth pair. */
final class TwoHosts implements AutoCloseable {
    /** Address of the destination host. */
    static final String DEST_ADDRESS = "192.0.2.2";

    private static final String SOURCE_ADDRESS = "192.0.2.1";
    private static final String NETWORK = "/24";

    private final Path logs;
    private final String source = "pageproxy-" + ProcessHandle.current().pid() + "-a";
    private final String dest = "pageproxy-" + ProcessHandle.current().pid() + "-b";

    private TwoHosts(Path logs) {
        this.logs = logs;
    }

    /** Creates them. */
    static TwoHosts join(Path logs) {
        TwoHosts hosts = new TwoHosts(logs);
        try {
            hosts.ip("netns", "add", hosts.source);
            hosts.ip("netns", "add", hosts.dest);
            hosts.ip("-n", hosts.source, "link", "set", "lo", "up");
            hosts.ip("-n", hosts.dest, "link", "set", "lo", "up");
            hosts.ip(
                    List.of("-n", hosts.source, "link", "add", "veth0", "type", "veth"),
                    List.of("peer", "name", "veth0", "netns", hosts.dest));
            hosts.raise(hosts.source, SOURCE_ADDRESS);
            hosts.raise(hosts.dest, DEST_ADDRESS);
        } catch (AssertionError e) {
            hosts.close();
            throw e;
        }
        return hosts;
    }

    private void raise(String host, String address) {
        ip("-n", host, "address", "add", address + NETWORK, "dev", "veth0");
        ip("-n", host, "link", "set", "veth0", "up");
    }

    private void ip(String... words) {
        ip(List.of(words), List.of());
    }

    private void ip(Collection<String> words, Collection<String> more) {
        List<String> all = new ArrayList<>(List.of("ip"));
        all.addAll(words);
        all.addAll(more);
        assertThat(Command.run(logs, "ip", all)).as(() -> String.join(" ", all)).isZero();
    }

    /** Command prefix that runs a command on the source host. */
    List<String> onSource() {
        return List.of("nsenter", "--net=/run/netns/" + source);
    }

    /** Command prefix that runs a command on the destination host. */
    List<String> onDest() {
        return List.of("nsenter", "--net=/run/netns/" + dest);
    }

    /** Silently drops all further packets. */
    void dropAll() {
        ip("-n", source, "route", "replace", "blackhole", DEST_ADDRESS);
        ip("-n", dest, "route", "replace", "blackhole", SOURCE_ADDRESS);
    }

    @Override
    public void close() {
        Command.run(logs, "ip", List.of("ip", "netns", "del", source));
        Command.run(logs, "ip", List.of("ip", "netns", "del", dest));
    }
}
