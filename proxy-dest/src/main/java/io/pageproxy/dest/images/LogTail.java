package io.pageproxy.dest.images;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pageproxy.text.SafeText;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/** The end of a log file, as safe text. */
final class LogTail {
    private LogTail() {}

    /**
     * The last lines of that file.
     *
     * @param maxLines at most so many
     * @param maxBytes of the last so many bytes of the file; a line that this cuts is left out,
     *     unless it is the only one
     * @return lines joined by line feeds; empty where the file is missing, empty or no file
     */
    static String of(Path file, int maxLines, int maxBytes) {
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
