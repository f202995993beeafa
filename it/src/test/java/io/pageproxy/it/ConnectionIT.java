package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pageproxy.it.ThreeHosts.Host;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * {@code migrate --tcp-established}: connections of a client on a third host, over IPv4 and IPv6,
 * go on with the service, whose addresses are moved by the hook that the documents show.
 */
class ConnectionIT {
    private static final List<String> PHASES =
            List.of("before-freeze", "frozen", "before-resume", "resumed", "rolled-back");

    @RegisterExtension final Lab lab = new Lab();
    private ThreeHosts network;
    private Path server;
    private List<LastingClient> clients = List.of();
    private Command separate; // A destination in a PID namespace; null if there is none.

    @BeforeEach
    void makeHosts() {
        network = lab.keep(ThreeHosts.join(lab.folder("logs")));
        server = lab.folder("server").resolve("echo-counter");
        Path source = Path.of(System.getProperty("it.checkout"), "it/workloads/echo-counter.c");
        List<String> compile =
                List.of("gcc", "-static", "-O1", "-o", server.toString(), source.toString());
        assertThat(Command.run(lab.folder("logs"), "gcc", compile)).as("gcc").isZero();
    }

    /** The lab asserts that nothing is left. SIGTERM does not go through unshare. */
    @AfterEach
    void endClientsAndServers() {
        clients.forEach(LastingClient::close);
        if (separate != null) {
            separate.kill();
        }
        Processes.killAll(server.toString());
        Processes.killAll(": " + lab.folder("bundles-source")); // The container's.
    }

    @Test
    void connectionsOfContainerGoOnWhereItMovesAndWhenItComesBack() throws IOException {
        RuncHosts hosts = new RuncHosts(lab, 1 << 20);
        Files.copy(server, hosts.rootfs().resolve("bin/echo-counter"));
        hosts.place(RuncHosts.Host.SOURCE, network.on(Host.A));
        hosts.place(RuncHosts.Host.DESTINATION, network.on(Host.B));
        String serve =
                "exec /bin/echo-counter %d /data/count ': %s; exec' </dev/null >/dev/null 2>&1;"
                        .formatted(LastingClient.PORT, hosts.rootfs());
        for (RuncHosts.Host each : RuncHosts.Host.values()) {
            hosts.edit(each, "exec </dev/null", serve + " exec </dev/null");
        }
        String bundle = hosts.bundle(RuncHosts.Host.SOURCE).toString();
        hosts.separate();
        lab.keep(hosts::end);
        assertThat(
                        hosts.runc(
                                RuncHosts.Host.SOURCE,
                                "run",
                                "-d",
                                "-b",
                                bundle,
                                RuncHosts.CONTAINER))
                .isZero();
        await().until(() -> Files.exists(hosts.rootfs().resolve("data/count"))); // It listens.
        connect();

        Command there =
                dest(
                        Host.B,
                        lab.images(),
                        List.of(),
                        destOptions(hosts, RuncHosts.Host.DESTINATION));
        Command migrate =
                hosts.migrate(Lab.address(there), moves(hosts.sync(RuncHosts.Host.SOURCE)));
        assertThat(migrate.awaitExit()).as(migrate::toString).isZero();
        assertServedAt(Host.B);
        hosts.assertRunsOnlyAt(RuncHosts.Host.DESTINATION);

        Command back =
                dest(
                        Host.A,
                        lab.folder("images-back"),
                        List.of(),
                        destOptions(hosts, RuncHosts.Host.SOURCE));
        Command again =
                hosts.migrateFrom(
                        RuncHosts.Host.DESTINATION,
                        Lab.address(back),
                        moves(hosts.sync(RuncHosts.Host.DESTINATION)));
        assertThat(again.awaitExit()).as(again::toString).isZero();
        assertServedAt(Host.A);
        hosts.assertRunsOnlyAt(RuncHosts.Host.SOURCE);
    }

    @Test
    void connectionsOfTreeOutliveAFailedMigrationAndThenMove() throws IOException {
        Path served = lab.folder("server").resolve("count");
        List<String> words = new ArrayList<>(List.of("setsid"));
        words.addAll(network.on(Host.A));
        words.addAll(List.of(server.toString(), "" + LastingClient.PORT, served.toString()));
        lab.start("server", words);
        await().until(() -> Files.exists(served));
        long pid = Processes.mentioning(server.toString()).get(0);
        connect();

        Path fails = Files.createFile(lab.folder("server").resolve("fails"));
        Command dest =
                dest(
                        Host.B,
                        lab.images(),
                        List.of("unshare", "--pid", "--fork", "--mount-proc", "--kill-child"),
                        List.of("--allow-restore", "--hook", "before-resume=! test -e " + fails));
        separate = dest;
        Command failed = migrate(dest, pid);
        assertThat(failed.awaitExit()).as(failed::toString).isEqualTo(5);
        assertThat(failed.stderr()).contains("the tasks run on here");
        assertServedAt(Host.A);

        Files.delete(fails);
        Command migrate = migrate(dest, pid);
        assertThat(migrate.awaitExit()).as(migrate::toString).isZero();
        assertServedAt(Host.B);
    }

    @Test
    void destinationThatDoesNotRestoreConnectionsIsSaidBeforeTheFreeze() {
        Command dest = lab.dest(Criu.BYTES_32, "--allow-restore");
        Workload workload = lab.memory("work", 4);
        List<String> words = new ArrayList<>(lab.pki().options("source"));
        words.addAll(List.of("--criu", Criu.BYTES_32.program(), "--tcp-established"));
        Command migrate =
                lab.proxy("migrate", Pageproxy.migrate(Lab.address(dest), workload.pid(), words));
        assertThat(migrate.awaitExit()).as(migrate::toString).isEqualTo(3);
        assertThat(migrate.stderr()).contains("start it with --tcp-established");
        workload.assertUntouched();
    }

    private void connect() {
        List<String> place = network.on(Host.CLIENT);
        clients =
                ThreeHosts.SERVICE.stream()
                        .map(address -> LastingClient.connect(lab, place, address))
                        .toList();
    }

    private Command dest(Host host, Path images, List<String> within, List<String> more) {
        List<String> words = new ArrayList<>(lab.pki().options("dest"));
        words.addAll(List.of("--allow-dns", "source", "--listen", host.address() + ":0"));
        words.addAll(more);
        words.add("--tcp-established");
        words.addAll(hooks());
        List<String> command = new ArrayList<>(network.on(host));
        command.addAll(within);
        command.addAll(Pageproxy.dest(images, Criu.BYTES_32.program(), words));
        Command dest = within.isEmpty() ? lab.proxy("dest", command) : lab.start("dest", command);
        dest.awaitLine("listening ");
        return dest;
    }

    private static List<String> destOptions(RuncHosts hosts, RuncHosts.Host host) {
        List<String> words = new ArrayList<>(hosts.destOptions(host));
        words.addAll(List.of("--sync-root", hosts.bundle(host).getParent().toString()));
        return words;
    }

    private Command migrate(Command dest, long pid) {
        List<String> words = new ArrayList<>(lab.pki().options("source"));
        words.addAll(List.of("--criu", Criu.BYTES_32.program()));
        words.addAll(List.of(moves(List.of())));
        List<String> command = new ArrayList<>(network.on(Host.A));
        command.addAll(Pageproxy.migrate(Lab.address(dest), pid, words));
        return lab.proxy("migrate", command);
    }

    private String[] moves(List<String> more) {
        List<String> words = new ArrayList<>(more);
        words.addAll(hooks());
        words.addAll(List.of("--verify-name", "dest", "--tcp-established"));
        return words.toArray(String[]::new);
    }

    /** The documents' hook in all phases. */
    private static List<String> hooks() {
        Path hook = Path.of(System.getProperty("it.checkout"), "docs/examples/hooks/move-address");
        List<String> words = new ArrayList<>();
        for (String phase : PHASES) {
            words.add("--hook");
            words.add(
                    "%s=%s %s %s"
                            .formatted(
                                    phase,
                                    hook.normalize(),
                                    ThreeHosts.INTERFACE,
                                    String.join(" ", ThreeHosts.SERVICE_PREFIXES)));
        }
        return words;
    }

    /** The clients go on, the addresses are there and not elsewhere, and nothing stays blocked. */
    private void assertServedAt(Host host) {
        for (LastingClient client : clients) {
            client.awaitMoreThan(client.count() + 3);
        }
        for (Host each : List.of(Host.A, Host.B)) {
            String addresses = network.print(each, "ip", "-o", "address");
            for (String address : ThreeHosts.SERVICE_PREFIXES) {
                assertThat(addresses.contains(address))
                        .as(address + " at " + each)
                        .isEqualTo(each == host);
            }
            await().untilAsserted(
                            () -> {
                                for (String program : List.of("iptables", "ip6tables")) {
                                    assertThat(network.print(each, program, "-S"))
                                            .as(program + " at " + each)
                                            .doesNotContain("DROP");
                                }
                            });
        }
    }
}
