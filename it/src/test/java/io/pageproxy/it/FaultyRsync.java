package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** An rsync in front of the real one, of both hosts, that does something else at one point. */
final class FaultyRsync {
    /** At the destination: waits until the source's rsync may speak, in the last pass as frozen. */
    static final String MET = "echo '@RSYNCD: 31.0'; read hello; read module; ";

    private static final Pattern CALL = Pattern.compile("(?m)^(\\d+) (.*)$");
    private static final Pattern CONFIGURATION = Pattern.compile("--config=(\\S+)");

    private final Path bin;
    private final Path calls;

    /** Puts it into an empty folder. */
    FaultyRsync(Path bin) throws IOException {
        this.bin = bin;
        this.calls = bin.resolve("calls");
        Path rsync = bin.resolve("rsync");
        Files.writeString(
                rsync,
                """
                #!/bin/sh
                case "$*" in
                *--daemon*) echo >>DIR/daemons; pass=there$(grep -c '' DIR/daemons);;
                *--checksum*) pass=here2;;
                *--delete*) pass=here1;;
                *) pass=none;;
                esac
                [ $pass = none ] || echo $$ "$*" >>DIR/calls
                . DIR/fault
                PATH=${PATH#*:} exec rsync "$@"
                """
                        .replace("DIR", bin.toString()));
        Files.setPosixFilePermissions(rsync, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.createFile(bin.resolve("fault"));
    }

    /** Makes a program use it. */
    List<String> before(List<String> words) {
        List<String> all = new ArrayList<>(List.of("env"));
        all.add("PATH=" + bin + ":" + System.getenv("PATH"));
        all.addAll(words);
        return all;
    }

    /**
     * Sets what it does in the next migration.
     *
     * @param pass {@code here} or {@code there} with 1 or 2
     * @param script run in place of, or ahead of, the real one
     */
    void in(String pass, String script) throws IOException {
        Files.deleteIfExists(bin.resolve("daemons"));
        Files.deleteIfExists(calls);
        Files.writeString(
                bin.resolve("fault"), "if [ $pass = %s ]; then %s; fi\n".formatted(pass, script));
    }

    /** No process of the last migration runs, and no configuration of a daemon is left. */
    void assertNothingLeft() {
        await().atMost(Command.TIMEOUT)
                .untilAsserted(
                        () -> {
                            List<String> left = new ArrayList<>();
                            Matcher call = CALL.matcher(read());
                            while (call.find()) {
                                String words = Processes.commandLine(Long.parseLong(call.group(1)));
                                if (words.contains("rsync")) {
                                    left.add(words);
                                }
                                Matcher configuration = CONFIGURATION.matcher(call.group(2));
                                if (configuration.find()
                                        && Files.exists(Path.of(configuration.group(1)))) {
                                    left.add(configuration.group());
                                }
                            }
                            assertThat(left).isEmpty();
                        });
    }

    private String read() {
        try {
            return Files.readString(calls);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
