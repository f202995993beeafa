package io.pageproxy.runc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pageproxy.criu.ActionScriptBarrier;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class RuncCriuTest {
    @Test
    void runcFindsTheCriuAndTheCriuFindsTheScript() throws Exception {
        try (ActionScriptBarrier barrier = ActionScriptBarrier.open("post-dump");
                RuncCriu criu = RuncCriu.of("/bin/true", barrier, List.of())) {
            Map<String, String> environment =
                    criu.environment(
                            Map.of("PATH", "/x:/y", "CRIU_CONFIG_FILE", "/theirs", "A", "b"));
            String[] path = environment.get("PATH").split(":", 2);
            assertThat(path[1]).isEqualTo("/x:/y");
            assertThat(Path.of(path[0], "criu").toRealPath())
                    .isEqualTo(Path.of("/bin/true").toRealPath());
            assertThat(Path.of(environment.get("CRIU_CONFIG_FILE")))
                    .hasContent("action-script " + barrier.arguments().get(1));
            assertThat(environment).containsEntry("A", "b");
        }
    }

    /** A CRIU that found no configuration would not wait. */
    @Test
    void configurationOutlivesTheBarrier() throws Exception {
        ActionScriptBarrier barrier = ActionScriptBarrier.open("post-restore");
        Path script = Path.of(barrier.arguments().get(1));
        RuncCriu criu = RuncCriu.of("/bin/true", barrier, List.of());
        Path config = Path.of(criu.environment(Map.of()).get("CRIU_CONFIG_FILE"));
        barrier.close();
        assertThat(script).doesNotExist();
        assertThat(config).exists();
        criu.close();
        assertThat(Files.exists(config.getParent())).isFalse();
    }

    @Test
    void missingCriuIsAnErrorThatNamesIt() throws Exception {
        try (ActionScriptBarrier barrier = ActionScriptBarrier.open("post-dump")) {
            assertThatThrownBy(() -> RuncCriu.of("/no/criu", barrier, List.of()))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("/no/criu");
        }
    }
}
