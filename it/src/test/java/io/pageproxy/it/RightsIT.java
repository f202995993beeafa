package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The proxies and their children have, and leave behind, only what they need. */
class RightsIT {
    private static final int MEGABYTES = 24;
    private static final String NOBODY = "65534";

    /** CAP_CHECKPOINT_RESTORE, and that with CAP_NET_BIND_SERVICE. */
    private static final String CHECKPOINT_RESTORE = "0000010000000000";

    private static final String AND_LOW_PORTS = "0000010000000400";

    private static final String CAPABILITY = "-all,+checkpoint_restore";

    private static final List<String> WITH_CAPABILITY =
            List.of(
                    "--inh-caps=" + CAPABILITY,
                    "--ambient-caps=" + CAPABILITY,
                    "--bounding-set=" + CAPABILITY,
                    "--no-new-privs");

    @RegisterExtension final Lab lab = new Lab();

    @ParameterizedTest
    @EnumSource(Criu.class)
    void ordinaryUserReceivesImagesThatRootRestores(Criu criu) throws IOException {
        Workload workload = lab.memory("work", MEGABYTES);
        Path dump = lab.folder("dump");
        Command dest = lab.proxy("dest", destOfNobody(criu, WITH_CAPABILITY));
        Command source = lab.sourceDumping(dest, criu, workload, dump, "--session", "web");

        assertThat(source.awaitExit()).as(source::toString).isZero();
        assertThat(dest.stderr())
                .contains("runs as user=65534 capabilities=checkpoint_restore")
                .contains("--unprivileged")
                .doesNotContain("WARN");
        for (String thread : statusOfThreads(dest.pid())) {
            assertThat(thread)
                    .contains("Uid:\t65534\t65534\t65534\t65534")
                    .contains("CapPrm:\t" + CHECKPOINT_RESTORE)
                    .contains("CapBnd:\t" + CHECKPOINT_RESTORE);
        }
        assertThat(Files.getAttribute(Path.of("/proc/" + dest.pid() + "/mem"), "unix:uid"))
                .as("what cannot be traced is root's")
                .isEqualTo(0);
        for (Path image : Images.pagemaps(lab.images().resolve("web"))) {
            assertThat(Files.getAttribute(image, "unix:uid")).isEqualTo(65534);
        }
        lab.restoreAndCheck(criu, workload, dump, "web");
    }

    @Test
    void missingCapabilityIsReportedWithRemedy() throws IOException {
        Command dest = lab.proxy("dest", destOfNobody(Criu.BYTES_32, List.of()));

        assertThat(dest.awaitExit()).isEqualTo(1);
        assertThat(dest.stderr())
                .contains("needs CAP_CHECKPOINT_RESTORE, which this user does not have")
                .contains("setpriv --reuid USER")
                .contains("--ambient-caps=-all,+checkpoint_restore")
                .contains("AmbientCapabilities=CAP_CHECKPOINT_RESTORE");
    }

    /** Runs dest as nobody. */
    private List<String> destOfNobody(Criu criu, List<String> rights) throws IOException {
        OtherUser nobody = OtherUser.reaching(lab, NOBODY, criu);
        List<String> options = new ArrayList<>(lab.pki().options("dest"));
        options.addAll(List.of("--allow-dns", "source"));
        List<String> words = new ArrayList<>(List.of("setpriv", "--reuid", NOBODY));
        words.addAll(List.of("--regid", NOBODY, "--clear-groups"));
        words.addAll(rights);
        words.addAll(nobody.dest(lab.images(), options));
        return words;
    }

    @Test
    void rootKeepsTwoCapabilitiesAndPageServerHasOne() throws IOException {
        Command dest = lab.dest(Criu.BYTES_32, "--once");
        Command source = lab.listeningSource(dest, "--once", "--session", "web");
        long pageServer = dest.children().get(0).pid();

        List<String> threads = new ArrayList<>(statusOfThreads(dest.pid()));
        assertThat(threads).anyMatch(status -> status.startsWith("Name:\tdest-"));
        assertHave(AND_LOW_PORTS, threads.stream().filter(s -> !spawns(s)).toList());
        assertHave(CHECKPOINT_RESTORE, threads.stream().filter(RightsIT::spawns).toList());
        assertHave(CHECKPOINT_RESTORE, statusOfThreads(pageServer));
        assertThat(dest.stderr()).doesNotContain("WARN");
        assertThat(source.isAlive()).isTrue();
    }

    /** Whether this is the status of the thread on which children are spawned. */
    private static boolean spawns(String status) {
        return status.startsWith("Name:\tspawn");
    }

    private static void assertHave(String capabilities, List<String> threads) {
        assertThat(threads).isNotEmpty();
        for (String thread : threads) {
            assertThat(thread)
                    .contains("CapInh:\t0000000000000000")
                    .contains("CapPrm:\t" + capabilities)
                    .contains("CapEff:\t" + capabilities)
                    .contains("CapBnd:\t" + AND_LOW_PORTS)
                    .contains("NoNewPrivs:\t1");
        }
    }

    @Test
    void rootKeepsRequestedCapabilitiesWithWarning() {
        List<String> words = new ArrayList<>(List.of("env"));
        words.add("PAGEPROXY_KEEP_CAPABILITIES=dac_override");
        words.addAll(destWords());
        Command dest = lab.proxy("dest", words);
        dest.awaitLine("listening ");

        assertThat(dest.stderr())
                .contains("capabilities=dac_override,net_bind_service,checkpoint_restore")
                .contains("WARN")
                .contains("no use for the capabilities dac_override:");
    }

    @Test
    void pageServerSeesNoSecret() throws IOException {
        Command dest = lab.dest(Criu.BYTES_32, "--once");
        lab.listeningSource(dest, "--once", "--session", "web");
        long pageServer = dest.children().get(0).pid();

        assertThat(read(pageServer, "cmdline")).doesNotContain("key", "pki");
        assertThat(read(pageServer, "environ").split("\0"))
                .allMatch(variable -> variable.matches("(PATH|LC_ALL|PWD)=.*"));
        assertThat(read(pageServer, "status")).contains("Umask:\t0077");
        await("its descriptors, when the script that starts CRIU has become CRIU")
                .ignoreExceptions()
                .atMost(Command.TIMEOUT)
                .untilAsserted(() -> assertNoneOf(openFiles(dest.pid()), openFiles(pageServer)));
    }

    /**
     * Asserts that the page server has no input, its log twice, its socket, and what CRIU opens
     * itself, but nothing of ours.
     */
    private void assertNoneOf(List<String> ours, List<String> open) {
        String own = "/dev/null|/proc.*|pipe:.*|socket:.*|\\Q" + lab.images() + "/web\\E.*";
        assertThat(open).allMatch(name -> name.matches(own));
        assertThat(open).filteredOn(name -> name.startsWith("socket:")).hasSize(1);
        assertThat(open)
                .filteredOn(name -> !name.startsWith("/"))
                .doesNotContainAnyElementsOf(ours);
    }

    private static List<String> openFiles(long pid) throws IOException {
        List<String> open = new ArrayList<>();
        for (String descriptor : list(proc(pid, "fd"))) {
            open.add(Files.readSymbolicLink(proc(pid, "fd/" + descriptor)).toString());
        }
        return open;
    }

    @ParameterizedTest
    @ValueSource(strings = {"ABRT", "SEGV"})
    void neitherProxyNorPageServerLeavesCoreDump(String signal) throws IOException {
        Path cores = lab.folder("cores");
        Command dest = lab.proxy("dest", allowingCores(cores, destWords()));
        List<String> options = new ArrayList<>(lab.pki().options("source"));
        options.addAll(List.of("--listen", "127.0.0.1:0", "--session", "web"));
        List<String> words = Pageproxy.source(Lab.address(dest), options);
        Command source = lab.proxy("source", allowingCores(cores, words));
        source.awaitLine("listening ");
        long pageServer = dest.children().get(0).pid();

        for (long pid : List.of(dest.pid(), source.pid(), pageServer)) {
            assertThat(read(pid, "limits")).containsPattern("Max core file size +1 +1 +bytes");
        }
        Processes.signal(signal, pageServer);
        Processes.signal(signal, source.pid());
        assertThat(source.awaitExit()).isNotZero();
        Processes.signal(signal, dest.pid());
        assertThat(dest.awaitExit()).isNotZero();
        assertThat(list(cores)).noneMatch(name -> name.startsWith("core"));
        assertThat(list(lab.images().resolve("web"))).noneMatch(name -> name.startsWith("core"));
    }

    private List<String> destWords() {
        List<String> options = new ArrayList<>(lab.pki().options("dest"));
        options.addAll(List.of("--allow-dns", "source"));
        return Pageproxy.dest(lab.images(), Criu.BYTES_32.program(), options);
    }

    /** Runs a command with unlimited core size in a folder, where cores are usually written. */
    private static List<String> allowingCores(Path folder, List<String> command) {
        String script = "ulimit -c unlimited && cd \"$0\" && exec \"$@\"";
        List<String> words = new ArrayList<>(List.of("sh", "-c", script, folder.toString()));
        words.addAll(command);
        return words;
    }

    private static List<String> list(Path folder) {
        String[] names = folder.toFile().list();
        return names == null ? List.of() : Arrays.asList(names);
    }

    private static List<String> statusOfThreads(long pid) throws IOException {
        List<String> threads = new ArrayList<>();
        for (String thread : list(proc(pid, "task"))) {
            threads.add(read(pid, "task/" + thread + "/status"));
        }
        return threads;
    }

    private static Path proc(long pid, String name) {
        return Path.of("/proc/" + pid + "/" + name);
    }

    private static String read(long pid, String name) throws IOException {
        return Files.readString(proc(pid, name));
    }
}
