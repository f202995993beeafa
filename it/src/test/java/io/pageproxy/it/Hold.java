package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A place in a CRIU's work where it waits for the test; one folder each. */
final class Hold {
    private final Path folder;
    private final Path program;

    private Hold(Path folder, String before, String after) {
        this.folder = folder;
        this.program = folder.resolve("hold");
        write(
                before
                        + "\ntouch %s/reached; until [ -e %s/release ]; do sleep 0.02; done\n"
                                .formatted(folder, folder)
                        + after
                        + "\n");
    }

    /** At one of the actions that criu runs its {@code --action-script} for. */
    static Hold at(String action, Path folder) {
        return new Hold(folder, "[ \"$CRTOOLS_SCRIPT_ACTION\" = " + action + " ] || exit 0", "");
    }

    /** Behind the end of criu dump, whose exit code is known only when it is released. */
    static Hold afterDump(Criu criu, Path folder) {
        String run = criu.program() + " \"$@\"; code=$?; [ \"$1\" = dump ] || exit $code";
        return new Hold(folder, run, "exit $code");
    }

    private void write(String script) {
        try {
            Files.writeString(program, "#!/bin/sh\n" + script);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        assertThat(program.toFile().setExecutable(true)).isTrue();
    }

    /** The word that gives it to a criu. */
    String argument() {
        return "--action-script=" + program;
    }

    /** What stands in for criu. */
    String program() {
        return program.toString();
    }

    void awaitReached() {
        await().atMost(Command.PATIENCE).until(() -> Files.exists(folder.resolve("reached")));
    }

    /** Lets it go on, for good. */
    void release() {
        try {
            Files.writeString(folder.resolve("release"), "");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
