package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A point at which CRIU waits for the test; each uses its own folder. */
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

    /** Waits in an action of criu's {@code --action-script}. */
    static Hold at(String action, Path folder) {
        return new Hold(folder, "[ \"$CRTOOLS_SCRIPT_ACTION\" = " + action + " ] || exit 0", "");
    }

    /** Waits after criu dump has ended; its exit code is reported only when released. */
    static Hold afterDump(Criu criu, Path folder) {
        String run = criu.program() + " \"$@\"; code=$?; [ \"$1\" = dump ] || exit $code";
        return new Hold(folder, run, "exit $code");
    }

    /** Waits after runc checkpoint has ended; its exit code is reported only when released. */
    static Hold afterCheckpoint(Path folder) {
        String run =
                "runc \"$@\"; code=$?; case \" $* \" in *\" checkpoint \"*) ;; *) exit $code ;; esac";
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

    /** The criu option that installs it. */
    String argument() {
        return "--action-script=" + program;
    }

    /** The wrapper to use in place of criu. */
    String program() {
        return program.toString();
    }

    void awaitReached() {
        await().atMost(Command.TIMEOUT).until(() -> Files.exists(folder.resolve("reached")));
    }

    /** Releases it permanently. */
    void release() {
        try {
            Files.writeString(folder.resolve("release"), "");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
