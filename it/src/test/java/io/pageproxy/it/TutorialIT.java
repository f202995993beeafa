package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Types the tutorial. Its two hosts have a network, a home folder, mounts and PIDs of their own;
 * between them {@code scp} is a stand-in that copies files, since no SSH server runs here.
 */
class TutorialIT {
    private static final Path CHECKOUT = Path.of(System.getProperty("it.checkout"));
    private static final Pattern SHOWS_COUNTER = Pattern.compile("tail -n 1 (counter\\d?)$");

    /** Copies files into a folder of host B's home, as {@code scp -q FILE... root@B:FOLDER}. */
    private static final String SCP =
            """
            #!/bin/bash
            target=${@: -1}
            [ "$1" = -q ] && [[ $target = root@192.0.2.2:* ]] && cp -- "${@:2:$#-2}" "%s/${target#*:}"
            """;

    /** Begins with PIDs that host B does not use, as a host that has run for long. */
    private static final String SHELL_OF_A = "echo 20000 > /proc/sys/kernel/ns_last_pid; ";

    @RegisterExtension final Lab lab = new Lab();
    private final Map<String, Terminal> terminals = new HashMap<>();
    private final List<Terminal> opened = new ArrayList<>();
    private Path home;

    @BeforeEach
    void startHosts() throws IOException {
        home = lab.folder("home");
        Path programs = lab.folder("bin");
        Files.createSymbolicLink(programs.resolve("criu"), Path.of(Criu.BYTES_32.program()));
        Files.createSymbolicLink(programs.resolve("pageproxy"), Pageproxy.program());
        Path scp = Files.writeString(programs.resolve("scp"), SCP.formatted(lab.folder("B")));
        assertThat(scp.toFile().setExecutable(true)).isTrue();
        TwoHosts network = lab.keep(TwoHosts.join(lab.folder("logs")));
        terminals.put("A", boot(network.onSource(), lab.folder("A"), SHELL_OF_A));
        terminals.put("B", boot(network.onDest(), lab.folder("B"), ""));
    }

    /** Starts a host with its first shell, which is its init process. */
    private Terminal boot(List<String> inNetwork, Path itsHome, String first) {
        String shell = "mount --bind %s %s; %s cd; exec bash".formatted(itsHome, home, first);
        List<String> words = new ArrayList<>(inNetwork);
        words.addAll(List.of("unshare", "--mount", "--pid", "--fork", "--mount-proc"));
        words.addAll(List.of("bash", "-c", shell));
        return open(words);
    }

    /** Opens another terminal on the host of an occupied one. */
    private Terminal another(Terminal occupied) {
        String init = Long.toString(occupied.process().children().findFirst().orElseThrow().pid());
        List<String> words = List.of("nsenter", "--target", init, "--mount", "--net", "--pid");
        return open(
                Stream.concat(words.stream(), Stream.of("bash", "-c", "cd; exec bash")).toList());
    }

    private Terminal open(List<String> words) {
        String path = lab.folder("bin") + ":" + System.getenv("PATH");
        String java = System.getProperty("java.home");
        Terminal terminal =
                Terminal.open(
                        lab.folder("logs"),
                        words,
                        Map.of("HOME", home.toString(), "PATH", path, "JAVA_HOME", java));
        opened.add(terminal);
        return lab.keep(terminal);
    }

    /** Each host ends with its init process. */
    @AfterEach
    void endHosts() {
        opened.forEach(Terminal::close);
    }

    @Test
    void everythingThatTutorialSaysHappens() throws IOException {
        Map<String, List<Integer>> counts = new TreeMap<>();
        for (Tutorial.Step step : Tutorial.steps(CHECKOUT.resolve("docs/tutorial.md"))) {
            Terminal terminal = terminals.get(step.host());
            if (step.stays()) {
                terminal.typeStaying(step.text(), step.output());
                terminals.put(step.host(), another(terminal));
                continue;
            }
            String output = terminal.type(step.text(), step.output());
            Matcher counter = SHOWS_COUNTER.matcher(step.text());
            if (counter.find()) {
                counts.computeIfAbsent(counter.group(1), name -> new ArrayList<>())
                        .add(Integer.valueOf(output.strip()));
            }
        }
        assertThat(counts).as("each counter on A, then on B").hasSize(2);
        assertThat(counts.values())
                .allSatisfy(
                        values -> assertThat(values).hasSize(2).isSorted().doesNotHaveDuplicates());
    }
}
