package io.pageproxy.runc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which ids, bundles, options and configuration files a migration takes. */
class ContainerRulesTest {
    @ParameterizedTest
    @ValueSource(strings = {"web", "web-1", "a.b", "3f2", "_x", "a+b,c", "..."})
    void idsOfRuncAreTaken(String id) {
        assertThat(ContainerId.fault(id)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", ".", "..", "a/b", "../web", "--all", "-f", "a b", "a\nb", "w\u00e9b"})
    void textsThatLeadElsewhereOrAreOptionsAreNoIds(String id) {
        assertThat(ContainerId.fault(id)).isPresent();
    }

    @Test
    void idHasABound() {
        assertThat(ContainerId.fault("a".repeat(255))).isEmpty();
        assertThat(ContainerId.fault("a".repeat(256))).isPresent();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--image-path",
                "-image-path=/x",
                "--page-server=1.2.3.4:5",
                "--leave-running",
                "--lazy-pages",
                "--pre-dump",
                "-b",
                "-d",
                "--console-socket",
                "--status-fd=3"
            })
    void optionsOfOursAreRefused(String argument) {
        assertThat(CheckpointArguments.fault(argument)).isPresent();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--tcp-established",
                "--ext-unix-sk",
                "--file-locks",
                "--shell-job",
                "--manage-cgroups-mode",
                "ignore",
                "--empty-ns=network"
            })
    void optionsOfTheContainerAreTaken(String argument) {
        assertThat(CheckpointArguments.fault(argument)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "page-server",
                " port 9",
                "address\t1.2.3.4",
                "--images-dir /x",
                "leave-running",
                "images-dir=/x",
                "leave-run"
            })
    void configurationThatLeadsImagesElsewhereIsFound(String line) {
        assertThat(
                        CriuOptionsFile.fault(
                                        List.of("# a comment", "tcp-established", line), false)
                                .orElseThrow())
                .contains("which pageproxy sets itself");
    }

    @Test
    void actionScriptAndOtherOptionsMayBeConfigured() {
        assertThat(
                        CriuOptionsFile.fault(
                                List.of(
                                        "action-script /opt/hook",
                                        "#page-server",
                                        "",
                                        "tcp-close",
                                        "ghost-limit 2M"),
                                true))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"tcp-established", "--tcp-est"})
    void connectionsMayBeConfiguredUnlessTheDumpIsLazy(String line) {
        assertThat(CriuOptionsFile.fault(List.of(line), false)).isEmpty();
        assertThat(CriuOptionsFile.fault(List.of(line), true).orElseThrow())
                .startsWith("tcp-established for CRIU, and with --lazy");
    }

    @Test
    void annotatedFileIsReadFromTheBundleAndNamedInTheMessage(@TempDir Path folder)
            throws Exception {
        Files.writeString(folder.resolve("criu.conf"), "port 9\n");
        assertThat(
                        CriuOptionsFile.fault(Map.of("org.criu.config", "criu.conf"), folder, false)
                                .orElseThrow())
                .contains(folder + "/criu.conf sets port");
        assertThat(CriuOptionsFile.fault(Map.of("org.criu.config", ""), folder, false)).isEmpty();
    }

    @Test
    void bundleTellsItsTerminalAndAnnotations(@TempDir Path folder) throws Exception {
        Files.writeString(
                folder.resolve("config.json"),
                "{\"process\": {\"terminal\": true},\r\n\t\"annotations\": {\"a\": \"b\"}}");
        Bundle bundle = Bundle.read(folder);
        assertThat(bundle.hasTerminal()).isTrue();
        assertThat(bundle.annotations()).containsOnly(Map.entry("a", "b"));

        Files.writeString(folder.resolve("config.json"), "{\"process\": {\"args\": [\"sh\"]}}");
        assertThat(Bundle.read(folder).hasTerminal()).isFalse();
        assertThat(Bundle.read(folder).annotations()).isEmpty();
    }

    @Test
    void readOnlyRootNeedsAFolderForTheOldOne(@TempDir Path folder) throws Exception {
        String readOnly = "{\"root\": {\"path\": \"top\", \"readonly\": true}%s}";
        Path top = folder.resolve("top");
        assertThat(bundleFault(folder, readOnly.formatted(""))).as("not there yet").isEmpty();
        Files.createDirectories(top);
        assertThat(bundleFault(folder, readOnly.formatted(""))).as("empty").isEmpty();
        Files.createDirectory(top.resolve("bin"));
        assertThat(bundleFault(folder, readOnly.formatted("")).orElseThrow())
                .contains("mkdir " + folder + "/top/tmp");
        assertThat(bundleFault(folder, "{\"root\": {\"path\": \"top\"}}")).isEmpty();
        assertThat(bundleFault(folder, readOnly.formatted(mount("/tmp/cache")))).isEmpty();
        assertThat(bundleFault(folder, readOnly.formatted(mount("/tmpfs")))).isPresent();

        Files.createSymbolicLink(top.resolve("tmp"), folder);
        assertThat(bundleFault(folder, readOnly.formatted(""))).as("leads out").isPresent();
        Files.delete(top.resolve("tmp"));
        Files.createDirectory(top.resolve("tmp"));
        assertThat(bundleFault(folder, readOnly.formatted(""))).isEmpty();
    }

    private static String mount(String destination) {
        return ", \"mounts\": [{\"destination\": \"" + destination + "\"}]";
    }

    private static Optional<String> bundleFault(Path folder, String config) throws IOException {
        Files.writeString(folder.resolve("config.json"), config);
        return Bundle.read(folder).fault();
    }

    @Test
    void unreadableBundleIsAnErrorThatNamesTheFile(@TempDir Path folder) throws Exception {
        assertThatThrownBy(() -> Bundle.read(folder))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(folder + "/config.json");
        Files.writeString(folder.resolve("config.json"), "{\"process\": ");
        assertThatThrownBy(() -> Bundle.read(folder))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("not a JSON object");
    }
}
