package io.pageproxy.process;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pageproxy.posix.LibC;
import io.pageproxy.posix.Posix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Failing launches: the message to the operator, and that no descriptor is leaked. */
@Timeout(60)
class FailedLaunchTest {
    @TempDir Path folder;

    @Test
    void missingProgramIsNamed() {
        assertThatThrownBy(() -> launch("no-such-criu"))
                .isInstanceOf(ChildLaunchException.class)
                .hasMessageStartingWith("no-such-criu: not found on PATH (");
        assertThatThrownBy(() -> launch("/no/such/criu"))
                .isInstanceOf(ChildLaunchException.class)
                .hasMessage("cannot run /no/such/criu: No such file or directory");
    }

    @Test
    void nonExecutableFileAndFolderAreDenied() throws Exception {
        String file = program("#!/bin/sh\n", false);

        assertThatThrownBy(() -> launch(file))
                .hasMessageStartingWith("cannot run " + file + ": Permission denied: ")
                .hasMessageContaining("x permission");
        assertThatThrownBy(() -> launch(folder.toString()))
                .hasMessageStartingWith("cannot run " + folder + ": Permission denied");
    }

    @Test
    void textFileWithoutInterpreterLineIsNotRun() throws Exception {
        String file = program("echo not a program\n", true);

        assertThatThrownBy(() -> launch(file))
                .hasMessageStartingWith("cannot run " + file + ": Exec format error: ")
                .hasMessageContaining("#!");
    }

    @Test
    void missingInterpreterIsReported() throws Exception {
        String file = program("#!/no/such/interpreter\n", true);

        assertThatThrownBy(() -> launch(file))
                .hasMessageStartingWith("cannot run " + file + ": No such file or directory: ")
                .hasMessageContaining("interpreter");
    }

    @Test
    void unusableOutputFileIsNamed() throws Exception {
        Path output = folder.resolve("missing/output.log");
        ChildSpec spec = new ChildSpec(List.of("true"), Map.of(), Optional.of(output));

        assertThatThrownBy(() -> new PosixChildLauncher(4096).launch(spec))
                .isInstanceOf(ChildLaunchException.class)
                .hasMessage("cannot open " + output + ": No such file or directory");
    }

    @ParameterizedTest
    @ValueSource(strings = {"open", "socketpair", "fcntl"})
    void failingSystemCallLeaksNoDescriptor(String function) throws Exception {
        TestLibC libc = new TestLibC(function, TestLibC.failing(TestLibC.EMFILE));
        List<String> before = openSocketsAndOutputs();

        assertThatThrownBy(() -> launch(libc.libc, "true"))
                .isInstanceOf(ChildLaunchException.class)
                .hasMessageContaining("Too many open files");
        assertThat(openSocketsAndOutputs()).isEqualTo(before);
        assertThat(libc.calls).noneMatch(call -> call.startsWith("posix_spawn["));
    }

    @Test
    void requiredGlibcVersionIsReported() throws Exception {
        TestLibC old =
                new TestLibC(
                        "posix_spawn_file_actions_addclosefrom_np",
                        (arguments, real) -> {
                            throw new UnsatisfiedLinkError("undefined symbol");
                        });
        List<String> before = openSocketsAndOutputs();

        assertThatThrownBy(() -> launch(old.libc, "true"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("glibc 2.34 or newer is needed")
                .hasMessageContaining(Posix.libc().gnu_get_libc_version());
        assertThat(openSocketsAndOutputs()).isEqualTo(before);
    }

    @Test
    void childIsKilledAndReapedIfWaiterThreadCannotStart() throws Exception {
        TestLibC recorder = new TestLibC("none", (arguments, real) -> real.call());
        ChildLauncher launcher =
                new PosixChildLauncher(
                        recorder.libc, 4096, FailedLaunchTest::threadThatCannotStart);
        List<String> before = openSocketsAndOutputs();

        assertThatThrownBy(() -> launcher.launch(spec("sleep", "1000")))
                .isInstanceOf(ChildLaunchException.class)
                .hasMessageContaining("unable to create native thread");
        assertThat(recorder.calls).anyMatch(call -> call.startsWith("waitpid["));
        assertThat(openSocketsAndOutputs()).isEqualTo(before);
    }

    @Test
    void repeatedLaunchesLeakNoDescriptor() throws Exception {
        List<String> before = openSocketsAndOutputs();
        long countBefore = openDescriptors().size();
        for (int i = 0; i < 100; i++) {
            ChildProcess child = launch("true");
            assertThat(child.exit().get(10, SECONDS).success()).isTrue();
            Posix.libc().close(child.takeSocket());
            assertThatThrownBy(() -> launch("/no/such/criu"))
                    .isInstanceOf(ChildLaunchException.class);
        }
        assertThat(openSocketsAndOutputs()).isEqualTo(before);
        // Other threads of this JVM may have opened a few files.
        assertThat((long) openDescriptors().size()).isLessThan(countBefore + 20);
    }

    private ChildProcess launch(String program) throws Exception {
        return launch(Posix.libc(), program);
    }

    private ChildProcess launch(LibC libc, String program) throws Exception {
        return new PosixChildLauncher(libc, 4096, Thread::new).launch(spec(program));
    }

    private ChildSpec spec(String... command) {
        Optional<Path> output = Optional.of(folder.resolve("output.log"));
        return new ChildSpec(List.of(command), Map.of(), output);
    }

    private String program(String text, boolean executable) throws IOException {
        Path file = Files.writeString(folder.resolve("program"), text);
        assertThat(file.toFile().setExecutable(executable)).isTrue();
        return file.toString();
    }

    private static Thread threadThatCannotStart(Runnable task) {
        return new Thread(task) {
            @Override
            public synchronized void start() {
                throw new OutOfMemoryError("unable to create native thread");
            }
        };
    }

    private List<String> openSocketsAndOutputs() throws IOException {
        return openDescriptors().stream()
                .filter(
                        target ->
                                target.startsWith("socket:")
                                        || target.startsWith(folder.toString()))
                .sorted()
                .toList();
    }

    private static List<String> openDescriptors() throws IOException {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors.map(FailedLaunchTest::target).toList();
        }
    }

    private static String target(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (IOException e) {
            return "closed meanwhile";
        }
    }
}
