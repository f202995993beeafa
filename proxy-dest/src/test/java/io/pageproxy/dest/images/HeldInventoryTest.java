package io.pageproxy.dest.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pageproxy.posix.Posix;
import io.pageproxy.process.ChildProcess;
import io.pageproxy.process.ChildSpec;
import io.pageproxy.process.ExitStatus;
import io.pageproxy.process.PosixChildLauncher;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The reader is a real process, as criu is. */
@Timeout(30)
class HeldInventoryTest {
    private static final String INVENTORY = "the inventory\n";

    /** Says that it has opened the inventory, and then reads it, as criu does. */
    private static final String READER =
            "exec 5<inventory.img && touch opened && cat <&5 >found && [ -s found ]";

    @TempDir Path folder;

    @Test
    void readerWaitsUntilTheInventoryIsReleased() throws Exception {
        HeldInventory held = HeldInventory.in(folder);
        ChildProcess reader = start(READER, held);
        while (!Files.exists(folder.resolve("opened"))) {
            Thread.onSpinWait();
        }
        Files.writeString(HeldInventory.hiddenIn(folder), INVENTORY);
        assertThat(reader.exit()).isNotDone();

        held.release();

        assertThat(reader.exit().get()).matches(ExitStatus::success);
        assertThat(folder.resolve("found")).hasContent(INVENTORY);
        assertThat(folder.resolve("inventory.img")).isRegularFile().hasContent(INVENTORY);
        assertThat(HeldInventory.hiddenIn(folder)).doesNotExist();
    }

    @Test
    void oneOfTwoReadersIsReleasedBeforeTheOther() throws Exception {
        HeldInventory held = HeldInventory.in(folder);
        int first = held.addReader();
        ChildProcess early = start("cat <inventory.img >first && [ -s first ]", first);
        ChildProcess late = start(READER, held);
        Files.writeString(HeldInventory.hiddenIn(folder), INVENTORY);

        held.release(first);

        assertThat(early.exit().get()).matches(ExitStatus::success);
        assertThat(late.exit()).isNotDone();
        held.release();
        assertThat(late.exit().get()).matches(ExitStatus::success);
    }

    @Test
    void readerThatIsLateFindsTheInventoryUnderItsName() throws Exception {
        HeldInventory held = HeldInventory.in(folder);
        ChildProcess reader =
                start(
                        "while [ ! -e go ]; do read -r -t 1 x <>/dev/null || :; done; " + READER,
                        held);
        Files.writeString(HeldInventory.hiddenIn(folder), INVENTORY);
        held.release();
        Files.createFile(folder.resolve("go"));

        assertThat(reader.exit().get()).matches(ExitStatus::success);
        assertThat(folder.resolve("found")).hasContent(INVENTORY);
    }

    @Test
    void readerFailsWhenTheInventoryIsGivenUp() throws Exception {
        HeldInventory held = HeldInventory.in(folder);
        ChildProcess reader = start(READER, held);
        while (!Files.exists(folder.resolve("opened"))) {
            Thread.onSpinWait();
        }

        held.close();

        assertThat(reader.exit().get(10, TimeUnit.SECONDS).success()).isFalse();
        assertThat(Files.exists(folder.resolve("inventory.img"))).isFalse();
        assertThat(HeldInventory.isAt(folder.resolve("inventory.img"))).isFalse();
    }

    @Test
    void releasedInventorySurvivesTheClose() throws IOException {
        HeldInventory held = HeldInventory.in(folder);
        Files.writeString(HeldInventory.hiddenIn(folder), INVENTORY);
        held.release();

        held.close();

        assertThat(folder.resolve("inventory.img")).hasContent(INVENTORY);
    }

    @Test
    void folderWithAnInventoryHoldsNone() throws IOException {
        Files.writeString(folder.resolve("inventory.img"), INVENTORY);

        assertThatThrownBy(() -> HeldInventory.in(folder)).isInstanceOf(IOException.class);

        assertThat(folder.resolve("inventory.img")).hasContent(INVENTORY);
    }

    @Test
    void inventoryThatWouldBlockThePipeIsRefused() throws IOException {
        HeldInventory held = HeldInventory.in(folder);
        held.addReader();
        Files.write(HeldInventory.hiddenIn(folder), new byte[(64 << 10) + 1]);

        assertThatThrownBy(held::release).hasMessageContaining("too long");

        held.close();
        assertThat(folder).isEmptyDirectory();
    }

    private ChildProcess start(String script, HeldInventory held) throws IOException {
        return start(script, held.addReader());
    }

    private ChildProcess start(String script, int reader) throws IOException {
        List<String> words = List.of("bash", "-c", "cd '" + folder + "' && { " + script + "; }");
        ChildProcess child =
                new PosixChildLauncher(4096)
                        .launch(
                                new ChildSpec(
                                        words,
                                        Map.of("PATH", System.getenv("PATH")),
                                        Optional.of(folder.resolve("log")),
                                        OptionalInt.of(reader)));
        Posix.close(child.takeSocket());
        return child;
    }
}
