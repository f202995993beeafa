package io.pageproxy.text;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/** Reads the end of a log file as sanitised text. */
public final class LogTail {
    private LogTail() {}

    /**
     * Returns the last lines of a file.
     *
     * @param maxLines maximum number of lines
     * @param maxBytes number of bytes at the end that are read; an incomplete first line is omitted
     *     unless it is the only one
     * @return lines joined by line feeds; empty if the file is missing, empty or not a regular file
     */
    public static String of(Path file, int maxLines, int maxBytes) {
        String text;
        boolean cut;
        try (FileChannel log =
                FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
            long startBytes = Math.max(0, log.size() - maxBytes);
            cut = startBytes > 0;
            text = readFrom(log, startBytes, maxBytes);
        } catch (IOException e) {
            return "";
        }
        List<String> lines = SafeText.lines(text).lines().toList();
        int first = Math.max(lines.size() - maxLines, cut && lines.size() > 1 ? 1 : 0);
        return String.join("\n", lines.subList(first, lines.size()));
    }

    private static String readFrom(FileChannel log, long startBytes, int maxBytes)
            throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(maxBytes);
        while (bytes.hasRemaining() && log.read(bytes, startBytes + bytes.position()) > 0) {}
        return new String(bytes.array(), 0, bytes.position(), UTF_8);
    }
}
