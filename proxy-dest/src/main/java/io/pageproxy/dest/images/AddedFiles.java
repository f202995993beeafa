package io.pageproxy.dest.images;

import io.netty.buffer.ByteBuf;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import io.pageproxy.text.SafeText;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Adds the non-page images of a source to a session's folder: all of them or none. The caller
 * limits their number and size.
 *
 * <p>A name is a plain {@code *.img}, or runc's {@code descriptors.json}, that does not exist yet;
 * names of page server images are permitted only if no page server writes there. Each file is
 * written under a hidden name, which no source can choose, and is renamed only when all files have
 * arrived and match their checksums. Blocking; callable on any thread, but not concurrently.
 */
public final class AddedFiles {
    /** What runc adds to the images of a container. */
    static final String DESCRIPTORS = "descriptors\\.json";

    private static final Pattern NAME =
            Pattern.compile("[A-Za-z0-9][A-Za-z0-9._+@-]{0,122}\\.img|" + DESCRIPTORS);
    private static final Pattern PAGE_SERVERS = Pattern.compile("(pages|pagemap)-.*");
    private static final int MAX_SHOWN_CHARS = 80;

    private final ImagesFolder folder;
    private final boolean pagesToo;
    private final Map<String, Path> written = new LinkedHashMap<>();
    private final MessageDigest digest = newDigest();
    private FileChannel file;
    private String name;
    private long missingBytes;
    private long totalBytes;

    /**
     * Creates an empty set for a claimed folder.
     *
     * @param pagesToo whether no page server writes there, so that page images may arrive as files
     */
    public AddedFiles(ImagesFolder folder, boolean pagesToo) {
        this.folder = folder;
        this.pagesToo = pagesToo;
    }

    private static MessageDigest newDigest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** Whether a source may use a file name. */
    public static boolean isAllowed(String name) {
        return NAME.matcher(name).matches() && !PAGE_SERVERS.matcher(name).matches();
    }

    /**
     * Starts a file.
     *
     * @throws SessionException TUNNEL_PROTOCOL if the name is invalid or the previous file has not
     *     ended; NO_SPACE; IMAGES_DIR_REFUSED
     */
    public void begin(String newName, long bytes) {
        require(file == null, "a file begins before '" + name + "' has ended");
        require(
                NAME.matcher(newName).matches() && (pagesToo || isAllowed(newName)),
                "'" + shown(newName) + "' is not a permitted file name");
        require(!written.containsKey(newName), "the file '" + newName + "' was sent twice");
        Path target = folder.path().resolve(newName);
        Path hidden = folder.path().resolve(".adding-" + written.size());
        try {
            require(
                    ImageFiles.attributes(target).isEmpty() || HeldInventory.isAt(target),
                    "the file '" + newName + "' exists already");
            Files.createFile(
                    hidden,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rw-------")));
            ImageAccess.openFile(hidden);
            written.put(newName, hidden);
            file = FileChannel.open(hidden, StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw failure(newName, e);
        }
        name = newName;
        missingBytes = bytes;
        digest.reset();
    }

    /**
     * Appends to the current file.
     *
     * @param content owned by the caller
     */
    public void write(ByteBuf content) {
        require(
                file != null && content.readableBytes() <= missingBytes,
                "more bytes came than the length of the file '" + name + "'");
        missingBytes -= content.readableBytes();
        totalBytes += content.readableBytes();
        try {
            for (ByteBuffer part : content.nioBuffers()) {
                digest.update(part.duplicate());
                while (part.hasRemaining()) {
                    file.write(part);
                }
            }
        } catch (IOException e) {
            throw failure(name, e);
        }
    }

    /**
     * Ends the current file.
     *
     * @param sha256 expected SHA-256 of its content, in hex
     * @throws SessionException TUNNEL_PROTOCOL if it is too short; CHECKSUM_MISMATCH
     */
    public void end(String sha256) {
        require(file != null && missingBytes == 0, "the file '" + name + "' ended too early");
        if (!HexFormat.of().formatHex(digest.digest()).equals(sha256)) {
            throw new SessionException(
                    CloseReason.CHECKSUM_MISMATCH,
                    "the file '" + name + "' does not match its checksum");
        }
        try {
            close();
        } catch (IOException e) {
            throw failure(name, e);
        }
    }

    /**
     * Completes the set: gives the files their names. The caller syncs the folder.
     *
     * @param files expected number of files
     * @param bytes expected total length
     */
    public void finish(long files, long bytes) {
        require(
                file == null && files == written.size() && bytes == totalBytes,
                "the source counts "
                        + files
                        + " files of "
                        + bytes
                        + " bytes, but "
                        + written.size()
                        + " of "
                        + totalBytes
                        + " came");
        written.replaceAll(this::publish);
    }

    private Path publish(String ownName, Path hidden) {
        try {
            Path target = folder.path().resolve(ownName);
            return Files.move(hidden, HeldInventory.placeFor(target));
        } catch (IOException e) {
            throw failure(ownName, e);
        }
    }

    /** Syncs the files of a complete set. */
    public void sync(ImagesSync sync) {
        written.keySet().forEach(ownName -> sync.syncFile(folder.path().resolve(ownName)));
    }

    /** Deletes all files; never throws. */
    public void discard() {
        try {
            close();
            for (Map.Entry<String, Path> entry : written.entrySet()) {
                if (!Files.deleteIfExists(entry.getValue())) {
                    Files.deleteIfExists(folder.path().resolve(entry.getKey()));
                }
            }
        } catch (IOException theMarkSaysThatTheyAreNotWhole) {
            return;
        }
    }

    private void close() throws IOException {
        if (file != null) {
            file.close();
            file = null;
        }
    }

    private SessionException failure(String ofFile, IOException e) {
        return DiskSpace.failure(
                CloseReason.IMAGES_NOT_WHOLE,
                "the file " + folder.path().resolve(ofFile) + " could not be written",
                folder.path(),
                e);
    }

    private static void require(boolean holds, String fault) {
        if (!holds) {
            throw new SessionException(CloseReason.TUNNEL_PROTOCOL, fault);
        }
    }

    private static String shown(String text) {
        return SafeText.abridged(text, MAX_SHOWN_CHARS);
    }
}
