package io.pageproxy.cli.rehearsal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * Records what a dumper writes up to each answer that it waits for, so that a shell script can send
 * the same later. Every answer that the dumper reads is zero.
 */
final class RecordedStream implements ByteChannel {
    private final Path folder;
    private final List<Integer> answerBytes = new ArrayList<>();
    private FileChannel part; // Null between an answer and what is written next.

    /**
     * @param folder where the parts are written, one file for each
     */
    RecordedStream(Path folder) {
        this.folder = folder;
    }

    @Override
    public int write(ByteBuffer bytes) throws IOException {
        if (part == null) {
            part =
                    FileChannel.open(
                            folder.resolve("" + answerBytes.size()),
                            StandardOpenOption.CREATE_NEW,
                            StandardOpenOption.WRITE);
        }
        return part.write(bytes);
    }

    @Override
    public int read(ByteBuffer answer) throws IOException {
        close();
        answerBytes.add(answer.remaining());
        int bytes = answer.remaining();
        while (answer.hasRemaining()) {
            answer.put((byte) 0);
        }
        return bytes;
    }

    /** Shell commands that send the parts to descriptor 3 and read the answers from it. */
    String commands() {
        StringBuilder commands = new StringBuilder();
        for (int i = 0; i < answerBytes.size(); i++) {
            commands.append("    cat '%s/%d' >&3\n".formatted(folder, i));
            commands.append("    head -c %d <&3 >/dev/null\n".formatted(answerBytes.get(i)));
        }
        return commands.toString();
    }

    @Override
    public boolean isOpen() {
        return true;
    }

    /** Ends the current part. */
    @Override
    public void close() throws IOException {
        if (part != null) {
            part.close();
            part = null;
        }
    }
}
