package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;

/**
 * A network namespace on this machine, connected by a pair of virtual interfaces: its ports do not
 * collide with ours. Requires root and iproute2.
 */
final class OtherHost implements AutoCloseable {
    private final Path logs;
    private final String name;
    private final String ours;
    private final String network;

    private OtherHost(Path logs) {
        this.logs = logs;
        long id = ProcessHandle.current().pid();
        this.name = "pp" + id;
        this.ours = "ppv" + id;
        // 198.18.0.0/15 is reserved for tests between hosts (RFC 2544).
        this.network = "198.18." + id / 256 % 256 + "." + id % 64 * 4 + "/30";
    }

    /** Creates it; one at a time. */
    static OtherHost create(Path logs) {
        OtherHost host = new OtherHost(logs);
        host.run("ip netns add " + host.name);
        host.run("ip link add " + host.ours + " type veth peer name eth0 netns " + host.name);
        host.run("ip address add " + host.withPrefix(1) + " dev " + host.ours);
        host.run("ip link set " + host.ours + " up");
        host.run("ip -n " + host.name + " address add " + host.withPrefix(2) + " dev eth0");
        host.run("ip -n " + host.name + " link set eth0 up");
        host.run("ip -n " + host.name + " link set lo up");
        return host;
    }

    private String withPrefix(int host) {
        return address(host) + "/30";
    }

    private String address(int host) {
        String base = network.substring(0, network.indexOf('/'));
        int dot = base.lastIndexOf('.');
        return base.substring(0, dot + 1) + (Integer.parseInt(base.substring(dot + 1)) + host);
    }

    /** Its address as seen from here. */
    String address() {
        return address(2);
    }

    /** Command prefix that runs a program there. */
    List<String> in() {
        return List.of("ip", "netns", "exec", name);
    }

    /** The interfaces disappear with its last process. */
    @Override
    public void close() {
        run("ip link delete " + ours);
        run("ip netns delete " + name);
    }

    private void run(String words) {
        try (Command command = Command.start(logs, "ip", List.of(words.split(" ")))) {
            assertThat(command.awaitExit()).as(command::toString).isZero();
        }
    }
}
