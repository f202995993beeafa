package io.pageproxy.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

class ManPagesTest {
    @TempDir Path folder;

    @Test
    void everyCommandHasAPageWithAllOfItsOptions() throws IOException {
        ManPages.main(new String[] {folder.toString()});

        for (CommandLine command : withSubcommands(Main.commandLine())) {
            String name = command.getCommandSpec().qualifiedName("-");
            String page = Files.readString(folder.resolve(name + ".1"));
            command.getCommandSpec()
                    .options()
                    .forEach(
                            option ->
                                    assertThat(page)
                                            .as("page of %s", name)
                                            .contains(option.longestName().replace("-", "\\-")));
        }
    }

    @Test
    void defaultsAreInThePage() throws IOException {
        ManPages.main(new String[] {folder.toString()});

        assertThat(Files.readString(folder.resolve("pageproxy-dest.1")))
                .contains("(default: criu, from PATH)")
                .doesNotContain("DEFAULT-VALUE");
    }

    @Test
    void whatGroffWouldTakeForARequestIsEscaped() {
        OptionSpec odd = OptionSpec.builder("--odd").description(".so file \\fB 100%%").build();

        assertThat(ManPages.of(new CommandLine(CommandSpec.create().name("odd").addOption(odd))))
                .contains("\n\\&.so file \\efB 100%\n");
    }

    /** All commands, except {@code help}, which has no page. */
    private static List<CommandLine> withSubcommands(CommandLine command) {
        List<CommandLine> all = new ArrayList<>(List.of(command));
        command.getSubcommands().forEach((name, each) -> all.addAll(withSubcommands(each)));
        all.removeIf(each -> each.getCommandName().equals("help"));
        return all;
    }
}
