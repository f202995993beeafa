package io.pageproxy.source.migrate;

import static org.assertj.core.api.Assertions.assertThat;

import io.pageproxy.process.ActionGate;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Tasks that a dump has frozen do not stay so, whatever fails while it is held. */
@Timeout(30)
class HeldDumpTest {
    private final CompletableFuture<Throwable> owned = new CompletableFuture<>();

    static Stream<Throwable> failures() {
        return Stream.of(
                new IOException("cannot be read"),
                new DirectoryIteratorException(new IOException("cannot be read")),
                new IllegalStateException("a fault"),
                new StackOverflowError(),
                new OutOfMemoryError("as it were"));
    }

    @ParameterizedTest
    @MethodSource("failures")
    void anyFailureIsToldToTheOwnerAndEndsTheHold(Throwable failure) throws Exception {
        try (ActionGate gate = ActionGate.open("post-dump");
                HeldDump held = new HeldDump(gate, () -> fail(failure), owned::complete)) {
            held.watch();
            Process script = run(gate);
            assertThat(owned.get(10, TimeUnit.SECONDS)).isSameAs(failure);
            assertThat(script.waitFor()).isNotZero();
        }
    }

    @Test
    void theOwnerHearsOfWhatFailedAndNotOfTheFutureAroundIt() throws Exception {
        IOException failure = new IOException("cut");
        try (ActionGate gate = ActionGate.open("post-dump");
                HeldDump held =
                        new HeldDump(
                                gate,
                                () -> fail(new CompletionException(failure)),
                                owned::complete)) {
            held.watch();
            run(gate);
            assertThat(owned.get(10, TimeUnit.SECONDS)).isSameAs(failure);
        }
    }

    @Test
    void workThatSaysGoLetsTheDumpGoOn() throws Exception {
        try (ActionGate gate = ActionGate.open("post-dump");
                HeldDump held = new HeldDump(gate, gate::go, owned::complete)) {
            held.watch();
            assertThat(run(gate).waitFor()).isZero();
        }
        assertThat(owned).isNotDone();
    }

    private static void fail(Throwable failure) throws IOException {
        if (failure instanceof IOException e) {
            throw e;
        } else if (failure instanceof RuntimeException e) {
            throw e;
        }
        throw (Error) failure;
    }

    private static Process run(ActionGate gate) throws IOException {
        ProcessBuilder script = new ProcessBuilder(gate.arguments().get(1));
        script.environment().put("CRTOOLS_SCRIPT_ACTION", "post-dump");
        return script.start();
    }
}
