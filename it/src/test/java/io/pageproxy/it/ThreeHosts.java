package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A client and two hosts of a service: three network namespaces at a bridge in a fourth one. The
 * service has addresses of its own, which are at host A first.
 */
final class ThreeHosts implements AutoCloseable {
    /** Addresses of the service. */
    static final List<String> SERVICE = List.of("192.0.2.10", "2001:db8::10");

    /** The same with their prefix lengths. */
    static final List<String> SERVICE_PREFIXES = List.of("192.0.2.10/32", "2001:db8::10/128");

    /** The interface of each host. */
    static final String INTERFACE = "eth0";

    private final Path logs;

    /** The network namespaces that are connected to the bridge. */
    enum Host {
        CLIENT(1),
        A(2),
        B(3);

        private final int number;

        Host(int number) {
            this.number = number;
        }

        /** Its own address. */
        String address() {
            return "192.0.2." + number;
        }

        private String namespace() {
            return namespaceOf(name().toLowerCase(Locale.ROOT));
        }
    }

    private ThreeHosts(Path logs) {
        this.logs = logs;
    }

    private static String namespaceOf(String name) {
        return "pageproxy-" + ProcessHandle.current().pid() + "-" + name;
    }

    private static String bridge() {
        return namespaceOf("bridge");
    }

    /** Creates them. */
    static ThreeHosts join(Path logs) {
        ThreeHosts hosts = new ThreeHosts(logs);
        try {
            hosts.ip("netns add " + bridge());
            hosts.ip("-n " + bridge() + " link add br0 type bridge");
            hosts.ip("-n " + bridge() + " link set br0 up");
            for (Host host : Host.values()) {
                hosts.add(host);
            }
            for (String address : SERVICE_PREFIXES) {
                hosts.ip(address(Host.A, "add", address));
            }
            return hosts;
        } catch (AssertionError e) {
            hosts.close();
            throw e;
        }
    }

    private void add(Host host) {
        String namespace = host.namespace();
        String port = "port-" + host.name().toLowerCase(Locale.ROOT);
        ip("netns add " + namespace);
        ip("-n " + namespace + " link set lo up");
        ip(
                "-n %s link add %s type veth peer name %s netns %s"
                        .formatted(bridge(), port, INTERFACE, namespace));
        ip("-n " + bridge() + " link set " + port + " master br0 up");
        ip(address(host, "add", host.address() + "/24"));
        ip(address(host, "add", "2001:db8::" + host.number + "/64"));
        ip("-n " + namespace + " link set " + INTERFACE + " up");
    }

    private static String address(Host host, String action, String address) {
        String words = "-n %s address %s %s dev %s";
        String nodad = address.contains(":") && action.equals("add") ? " nodad" : "";
        return words.formatted(host.namespace(), action, address, INTERFACE) + nodad;
    }

    private void ip(String words) {
        List<String> all = new ArrayList<>(List.of("ip"));
        all.addAll(List.of(words.split(" ")));
        assertThat(Command.run(logs, "ip", all)).as(words).isZero();
    }

    /** Command prefix that runs a command on a host. */
    List<String> on(Host host) {
        return List.of("nsenter", "--net=/run/netns/" + host.namespace());
    }

    /** What a command prints on a host. */
    String print(Host host, String... command) {
        List<String> words = new ArrayList<>(on(host));
        words.addAll(List.of(command));
        try (Command run = Command.start(logs, "print", words)) {
            assertThat(run.awaitExit()).as(run::toString).isZero();
            return run.stdout();
        }
    }

    @Override
    public void close() {
        for (Host host : Host.values()) {
            Command.run(logs, "ip", List.of("ip", "netns", "del", host.namespace()));
        }
        Command.run(logs, "ip", List.of("ip", "netns", "del", bridge()));
    }
}
