package io.pageproxy.dest.images;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pageproxy.text.SafeText;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;

/**
 * The file {@code .incomplete} in an images folder. While it exists, the images are not complete.
 * The process that works on them holds an exclusive lock on it. Its text describes the state and
 * finally the reason of a failure.
 *
 * <p>Its bytes are allocated when it is created, so that the reason can be written even when the
 * disk is full.
 *
 * <p>The lock is a POSIX lock, owned by the process and released when any channel on the file is
 * closed. Therefore the file must not be opened again while this object holds it; {@link
 * LiveFolders} ensures that.
 */
final class IncompleteMark {
    static final int LENGTH_BYTES = 1024;

    /** Begins the second line, which names the peer that may replace the images. */
    private static final String PEER = "peer-sha256: ";

    private static final int MAX_PEER_CHARS = 200;

    private final Path file;
    private final FileChannel channel;
    private final boolean stale;
    private final List<String> found;

    private IncompleteMark(Path file, FileChannel channel, boolean stale) throws IOException {
        this.file = file;
        this.channel = channel;
        this.stale = stale;
        this.found = stale ? readLines() : List.of();
    }

    /** Whether a folder's images are marked as incomplete. */
    static boolean isIn(Path folder) {
        return Files.exists(folder.resolve(ImageFiles.MARK_FILE_NAME), LinkOption.NOFOLLOW_LINKS);
    }

    /**
     * Creates the mark, or takes over a stale one of another process, and locks it.
     *
     * @return empty if another process holds it
     * @throws IOException also if the mark is a symbolic link
     */
    static Optional<IncompleteMark> take(Path folder) throws IOException {
        Path file = folder.resolve(ImageFiles.MARK_FILE_NAME);
        boolean stale = !create(file);
        Optional<Object> keyBefore = key(file);
        FileChannel channel =
                FileChannel.open(
                        file,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE,
                        LinkOption.NOFOLLOW_LINKS);
        try {
            FileLock lock = channel.tryLock();
            // A holder removes the mark before it unlocks it, so the locked file may already be
            // deleted.
            if (lock == null || keyBefore.isEmpty() || !keyBefore.equals(key(file))) {
                channel.close();
                return Optional.empty();
            }
            return Optional.of(new IncompleteMark(file, channel, stale));
        } catch (OverlappingFileLockException heldByUs) {
            channel.close();
            return Optional.empty();
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    /** Whether an earlier process left the mark. */
    boolean isStale() {
        return stale;
    }

    /** First line of the text that was found in a stale mark; empty for a new mark. */
    String foundText() {
        return found.isEmpty() ? "" : found.get(0);
    }

    /** The peer that a stale mark names; empty if its images must not be replaced. */
    Optional<String> foundPeer() {
        return found.size() > 1 && found.get(1).startsWith(PEER)
                ? Optional.of(found.get(1).substring(PEER.length()))
                : Optional.empty();
    }

    /** Replaces the text durably; see {@link #write(String, Optional, ImagesSync)}. */
    void write(String text, Optional<String> peer) throws IOException {
        write(text, peer, ImagesSync.DURABLE);
    }

    /**
     * Replaces the text; creates the file again if it has been deleted. The peer becomes the second
     * line, and further lines of the text are indented, so that none can be taken for it.
     *
     * @param peer may replace the images; empty: nobody may
     * @param sync whether the text is durable when this returns
     */
    void write(String text, Optional<String> peer, ImagesSync sync) throws IOException {
        List<String> lines = SafeText.lines(text).lines().toList();
        String second =
                peer.map(name -> "\n" + PEER + SafeText.abridged(name, MAX_PEER_CHARS)).orElse("");
        byte[] first = (lines.isEmpty() ? "" : lines.get(0)).getBytes(UTF_8);
        int room = LENGTH_BYTES - 1 - second.getBytes(UTF_8).length;
        StringBuilder all = new StringBuilder();
        all.append(new String(first, 0, Math.min(first.length, room), UTF_8)).append(second);
        lines.stream().skip(1).forEach(line -> all.append("\n  ").append(line));
        writeLines(all.toString(), sync);
    }

    private void writeLines(String text, ImagesSync sync) throws IOException {
        if (create(file)) {
            try (FileChannel made = FileChannel.open(file, StandardOpenOption.WRITE)) {
                write(made, text, sync);
            }
        } else {
            write(channel, text, sync);
        }
    }

    private static void write(FileChannel channel, String text, ImagesSync sync)
            throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(LENGTH_BYTES);
        byte[] encoded = text.getBytes(UTF_8);
        bytes.put(encoded, 0, Math.min(encoded.length, LENGTH_BYTES - 1));
        while (bytes.hasRemaining()) {
            bytes.put((byte) '\n');
        }
        bytes.flip();
        while (bytes.hasRemaining()) {
            channel.write(bytes, bytes.position());
        }
        if (sync == ImagesSync.DURABLE) {
            channel.force(true);
        }
    }

    /** Deletes the file; the lock is still held. */
    void delete() throws IOException {
        Files.deleteIfExists(file);
    }

    /** Releases the lock; the file stays unless {@link #delete} was called. */
    void release() throws IOException {
        channel.close();
    }

    private List<String> readLines() throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(LENGTH_BYTES);
        while (bytes.hasRemaining() && channel.read(bytes, bytes.position()) > 0) {}
        String text = new String(bytes.array(), 0, bytes.position(), UTF_8);
        return SafeText.lines(text).lines().toList();
    }

    private static boolean create(Path file) throws IOException {
        try {
            Files.createFile(
                    file,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rw-------")));
            return true;
        } catch (FileAlreadyExistsException e) {
            return false;
        }
    }

    private static Optional<Object> key(Path file) throws IOException {
        return ImageFiles.attributes(file).map(BasicFileAttributes::fileKey);
    }
}
