package io.pageproxy.process;

import io.pageproxy.posix.DescriptorChannel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/**
 * Launches foreground commands for somebody who is not at our terminal: they have no input, a
 * folder of theirs, and pipes for what they print. They lead their own session, so that Ctrl-C
 * reaches only us, but what they start is not killed with them. Other children are launched as
 * ever.
 */
public final class CapturingLauncher implements ChildLauncher {
    private static final int READ_BYTES = 8 << 10;

    private final PosixChildLauncher launcher;
    private final Path directory;
    private final Consumer<String> out;
    private final Consumer<String> err;
    private final List<Thread> readers = new CopyOnWriteArrayList<>();

    /**
     * @param directory absolute
     * @param out takes pieces of standard output, decoded as UTF-8; called on a thread for that
     * @param err takes pieces of standard error
     */
    public CapturingLauncher(
            PosixChildLauncher launcher,
            Path directory,
            Consumer<String> out,
            Consumer<String> err) {
        this.launcher = launcher;
        this.directory = directory;
        this.out = out;
        this.err = err;
    }

    @Override
    public Path directory() {
        return directory;
    }

    @Override
    public ChildProcess launch(ChildSpec spec) throws IOException {
        if (spec.detached()) {
            return launcher.launch(spec);
        }
        try (OpenDescriptors open = launcher.descriptors()) {
            int[] output = open.pipe();
            int[] error = open.pipe();
            SpawnPlan.Streams streams =
                    new SpawnPlan.Streams(
                            OptionalInt.of(output[1]),
                            OptionalInt.of(error[1]),
                            Optional.of(directory),
                            true);
            ChildProcess child = launcher.launch(spec, streams, open);
            open.release(output[0]);
            open.release(error[0]);
            read("output-" + child.pid(), launcher.channel(output[0]), out);
            read("errors-" + child.pid(), launcher.channel(error[0]), err);
            return child;
        }
    }

    private void read(String name, DescriptorChannel from, Consumer<String> to) {
        Thread reader = new Thread(() -> readAll(from, to), name);
        reader.setDaemon(true);
        readers.add(reader);
        reader.start();
    }

    /** Reads until nobody holds the other end any more. */
    private static void readAll(DescriptorChannel from, Consumer<String> to) {
        CharsetDecoder decoder =
                StandardCharsets.UTF_8
                        .newDecoder()
                        .onMalformedInput(CodingErrorAction.REPLACE)
                        .onUnmappableCharacter(CodingErrorAction.REPLACE);
        ByteBuffer bytes = ByteBuffer.allocateDirect(READ_BYTES);
        CharBuffer characters = CharBuffer.allocate(READ_BYTES + 1);
        try (from) {
            boolean more = true;
            while (more) {
                more = from.read(bytes) >= 0;
                decoder.decode(bytes.flip(), characters, !more);
                bytes.compact(); // The start of a character may be left.
                if (characters.flip().hasRemaining()) {
                    to.accept(characters.toString());
                }
                characters.clear();
            }
        } catch (IOException e) {
            to.accept("pageproxy: what a command prints cannot be read: " + e.getMessage() + "\n");
        }
    }

    /**
     * Waits until everything that children have printed was handed over. What a process that
     * outlives them prints is read all the same, but not waited for.
     */
    public void awaitOutput(Duration atMost) throws InterruptedException {
        long endNanos = System.nanoTime() + atMost.toNanos();
        for (Thread reader : readers) {
            long leftMillis = (endNanos - System.nanoTime()) / 1_000_000;
            if (leftMillis > 0) {
                reader.join(leftMillis);
            }
        }
    }
}
