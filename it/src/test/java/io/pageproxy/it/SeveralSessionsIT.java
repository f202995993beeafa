package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.ConnectException;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A listening source with several concurrent dumpers. */
class SeveralSessionsIT {
    private static final long ADDRESS = 0x7f00_0000_0000L;
    private static final int MEMORY_BYTES = 4 << 20;

    @RegisterExtension final Lab lab = new Lab();

    @Test
    void concurrentDumpersUseTheirOwnFolders() throws IOException {
        Command source = source("2");
        try (ProtocolDumper one = begin(source, 1);
                ProtocolDumper two = begin(source, 2)) {
            assertThat(two.finish()).as("success of the second").isTrue();
            try (ProtocolDumper three = begin(source, 3)) {
                assertThat(one.finish()).as("success of the first").isTrue();
                assertThat(three.finish()).as("success of the third").isTrue();
            }
        }
        endWell(source);

        for (int number = 1; number <= 3; number++) {
            Path folder = lab.images().resolve("web").resolve("" + number);
            assertThat(Images.onlyPages(folder)).isEqualTo(memory(number));
        }
    }

    @Test
    void dumperMustWaitForFreeSlot() throws IOException {
        Command source = source("2");
        String address = source.awaitLine("listening ", 1);
        try (ProtocolDumper one = begin(source, 1);
                ProtocolDumper two = begin(source, 2)) {
            assertThatThrownBy(() -> new ProtocolDumper(Criu.BYTES_32, address))
                    .as("a third")
                    .isInstanceOf(ConnectException.class);
            assertThat(one.finish()).isTrue();
            source.awaitLine("listening ", 3);
            assertThat(two.finish()).isTrue();
        }
        endWell(source);
    }

    @Test
    void failedDumperDoesNotAffectOthers() throws IOException {
        Command source = source("2");
        try (ProtocolDumper one = begin(source, 1)) {
            begin(source, 2).close();
            await().until(() -> source.stderr().contains("session FAILED"));
            assertThat(one.finish()).as("success of the first").isTrue();
        }
        source.terminate();
        assertThat(source.awaitExit()).as("dumper_lost").isEqualTo(4);
    }

    private Command source(String sessions) throws IOException {
        return lab.listeningSource(
                lab.dest(Criu.BYTES_32),
                "--max-sessions",
                sessions,
                "--session",
                "web/{n}",
                "--codec",
                "lz4");
    }

    private static ProtocolDumper begin(Command source, int number) throws IOException {
        String address = source.awaitLine("listening ", number);
        ProtocolDumper dumper = new ProtocolDumper(Criu.BYTES_32, address);
        dumper.open(number);
        dumper.pages(number, ADDRESS, memory(number));
        return dumper;
    }

    private static byte[] memory(int number) {
        byte[] memory = new byte[MEMORY_BYTES];
        new Random(number).nextBytes(memory);
        return memory;
    }

    private static void endWell(Command source) throws IOException {
        source.terminate();
        assertThat(source.awaitExit()).as(source::toString).isZero();
    }
}
