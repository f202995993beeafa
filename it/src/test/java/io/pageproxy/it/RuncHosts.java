package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;

/**
 * Two hosts of runc on this one: a container that runs at the source, and a bundle for it at the
 * destination, each with a runc that has a root of its own. Both bundles share the root file
 * system, unless they are {@link #separate}, and differ by their cgroup, in which they would
 * otherwise meet.
 */
final class RuncHosts {
    static final String CONTAINER = "pageproxy-it";

    private final Lab lab;
    private final Path rootfs;
    private final String config;
    private final Map<Host, List<String>> places = new EnumMap<>(Host.class);
    private Path rootfsThere; // The destination's.

    /** Where a runc keeps its containers, and the folder of their bundles. */
    enum Host {
        SOURCE,
        DESTINATION;

        private Path root(Lab lab) {
            return lab.folder("runc-" + name().toLowerCase(Locale.ROOT));
        }

        private Path bundles(Lab lab) {
            return lab.folder("bundles-" + name().toLowerCase(Locale.ROOT));
        }
    }

    /**
     * Makes both bundles.
     *
     * @param memoryBytes how much the container keeps in memory, besides about 2 MiB
     */
    RuncHosts(Lab lab, int memoryBytes) throws IOException {
        this.lab = lab;
        Path made = bundle(Host.SOURCE);
        this.rootfs = made.resolve("rootfs");
        this.rootfsThere = rootfs;
        Path script = Path.of(System.getProperty("it.checkout"), "it/workloads/runc-bundle");
        assertThat(run("runc-bundle", List.of(script.toString(), made.toString()))).isZero();
        Files.writeString(rootfs.resolve("data/memory"), noise(memoryBytes));
        this.config = Files.readString(made.resolve("config.json"));
        configure();
    }

    /** Makes both as they were at first. */
    void renew() throws IOException {
        Files.deleteIfExists(rootfs.resolve("data/count"));
        configure();
    }

    private void configure() throws IOException {
        for (Host each : Host.values()) {
            configure(each);
        }
    }

    private static String noise(int bytes) {
        Random random = new Random(1);
        StringBuilder text = new StringBuilder();
        while (text.length() < bytes) {
            text.append(Long.toString(random.nextLong() & Long.MAX_VALUE, 36)).append('\n');
        }
        return text.toString();
    }

    private void configure(Host host) throws IOException {
        Files.createDirectories(bundle(host));
        long run = ProcessHandle.current().pid(); // Other runs on this machine have their own.
        String group = "\"cgroupsPath\": \"/%s-%d-%s\"".formatted(CONTAINER, run, host);
        Files.writeString(
                bundle(host).resolve("config.json"),
                config.replace("\"path\": \"rootfs\"", "\"path\": \"" + rootfs + "\"")
                        .replace("\"linux\": {", "\"linux\": {" + group + ", ")
                        .replace("exec </dev/null", ": " + rootfs + "; exec </dev/null"));
    }

    /** Changes the config.json of a bundle. */
    void edit(Host host, String text, String replacement) throws IOException {
        Path config = bundle(host).resolve("config.json");
        String before = Files.readString(config);
        assertThat(before).contains(text);
        Files.writeString(config, before.replace(text, replacement));
    }

    /** Gives the container a root that it cannot write to; its data are a folder of the host. */
    void makeReadOnlyButForData(Host host) throws IOException {
        edit(host, "\"root\": {", "\"root\": {\"readonly\": true, ");
        edit(
                host,
                "\"mounts\": [",
                "\"mounts\": [{\"destination\": \"/data\", \"type\": \"bind\", \"source\": \""
                        + rootfs.resolve("data")
                        + "\", \"options\": [\"bind\"]}, ");
    }

    /** Makes the folder that CRIU needs to restore a root that is read-only. */
    void makeTmp() throws IOException {
        Files.createDirectory(rootfs.resolve("tmp"));
    }

    /** Makes CRIU read options in a file there, as the annotation names it. */
    void annotate(Host host, String options) throws IOException {
        Path file = lab.folder("criu").resolve(host + ".conf");
        Files.writeString(file, options + "\n");
        edit(
                host,
                "\"root\":",
                "\"annotations\": {\"org.criu.config\": \"" + file + "\"}, \"root\":");
    }

    /**
     * Has commands of a host run elsewhere.
     *
     * @param place command prefix that runs a command there
     */
    void place(Host host, List<String> place) {
        places.put(host, place);
    }

    /** Root file system of the source, and of both unless they are {@link #separate}. */
    Path rootfs() {
        return rootfs;
    }

    private Path rootfs(Host host) {
        return host == Host.SOURCE ? rootfs : rootfsThere;
    }

    /** Gives the destination a root file system of its own, which is still missing. */
    void separate() throws IOException {
        rootfsThere = bundle(Host.DESTINATION).resolve("rootfs");
        String path = "\"path\": \"%s\"";
        edit(Host.DESTINATION, path.formatted(rootfs), path.formatted(rootfsThere));
    }

    /** Options of a migration from a host that bring its root file system to the other one. */
    List<String> sync(Host from) {
        Host to = from == Host.SOURCE ? Host.DESTINATION : Host.SOURCE;
        return List.of("--sync", rootfs(from) + ":" + rootfs(to));
    }

    Path bundle(Host host) {
        return host.bundles(lab).resolve(CONTAINER);
    }

    /** Options of a destination that restores containers. */
    List<String> destOptions() {
        return destOptions(Host.DESTINATION);
    }

    /** The same at that host. */
    List<String> destOptions(Host host) {
        return List.of(
                "--allow-restore",
                "--runc-bundles",
                host.bundles(lab).toString(),
                "--runc-root",
                host.root(lab).toString());
    }

    /** Starts the container; returns when it counts. */
    void start() {
        assertThat(runc(Host.SOURCE, "run", "-d", "-b", bundle(Host.SOURCE) + "", CONTAINER))
                .isZero();
        counter().awaitAbove(2);
    }

    /** Starts its migration. */
    Command migrate(String address, String... more) {
        return migrateFrom(Host.SOURCE, address, more);
    }

    /** The same from that host. */
    Command migrateFrom(Host host, String address, String... more) {
        List<String> words = new ArrayList<>(lab.pki().options("source"));
        if (!List.of(more).contains("--session")) {
            words.addAll(List.of("--session", "web"));
        }
        if (!List.of(more).contains("--criu")) {
            words.addAll(List.of("--criu", Criu.BYTES_32.program()));
        }
        words.addAll(List.of("--runc-root", host.root(lab).toString()));
        words.addAll(List.of(more));
        List<String> command = new ArrayList<>(places.getOrDefault(host, List.of()));
        command.addAll(Pageproxy.migrateContainer(address, CONTAINER, words));
        return lab.proxy("migrate", command);
    }

    /** Asserts that it runs there and nowhere else, and that both runcs say the same. */
    void assertRunsOnlyAt(Host host) {
        await().atMost(Command.TIMEOUT)
                .untilAsserted(
                        () -> {
                            assertThat(copies()).as("live copies").hasSize(1);
                            for (Host each : Host.values()) {
                                assertThat(status(each))
                                        .as("status at " + each)
                                        .isEqualTo(each == host ? "running" : "");
                            }
                        });
        CountingContainer counter = new CountingContainer(rootfs(host).resolve("data/count"));
        counter.awaitAbove(counter.count());
    }

    /** Asserts that it runs nowhere, and that no runc lists it. */
    void assertRunsNowhere() {
        await().atMost(Command.TIMEOUT)
                .untilAsserted(
                        () -> {
                            assertThat(copies()).as("live copies").isEmpty();
                            for (Host each : Host.values()) {
                                assertThat(status(each)).as("status at " + each).isEmpty();
                            }
                        });
    }

    /** Its first processes, those of a held restore included. */
    private List<Long> copies() {
        return Processes.mentioning(": " + rootfs + "; exec");
    }

    CountingContainer counter() {
        return new CountingContainer(rootfs.resolve("data/count"));
    }

    /** What runc list says of it there; empty if it is not listed. */
    String status(Host host) {
        try (Command list = Command.start(lab.folder("logs"), "list", words(host, "list"))) {
            assertThat(list.awaitExit()).as(list::toString).isZero();
            return list.stdout()
                    .lines()
                    .map(line -> line.split(" +", -1))
                    .filter(columns -> columns[0].equals(CONTAINER))
                    .map(columns -> columns[2])
                    .findFirst()
                    .orElse("");
        }
    }

    int runc(Host host, String... arguments) {
        return run("runc-" + arguments[0], words(host, arguments));
    }

    /** Restores it at the destination, without pageproxy. */
    int restoreByHand(Path images) {
        return runc(
                Host.DESTINATION,
                "restore",
                "-d",
                "-b",
                bundle(Host.DESTINATION).toString(),
                "--image-path",
                images.toString(),
                "--work-path",
                lab.folder("work").toString(),
                CONTAINER);
    }

    private int run(String name, List<String> words) {
        return Command.run(lab.folder("logs"), name, words);
    }

    private List<String> words(Host host, String... arguments) {
        Path bin = lab.folder("bin");
        Path criu = bin.resolve("criu");
        try {
            if (Files.notExists(criu)) {
                Files.createSymbolicLink(criu, Path.of(Criu.BYTES_32.program()));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        List<String> words = new ArrayList<>(places.getOrDefault(host, List.of()));
        words.add("env");
        words.add("PATH=" + bin + ":" + System.getenv("PATH"));
        words.addAll(List.of("runc", "--root", host.root(lab).toString()));
        words.addAll(List.of(arguments));
        return words;
    }

    /** Ends all copies. */
    void end() {
        for (Host each : Host.values()) {
            runc(each, "delete", "-f", CONTAINER);
        }
    }
}
