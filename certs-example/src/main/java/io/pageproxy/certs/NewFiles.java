package io.pageproxy.certs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A set of files that appears in a folder whole or not at all, and never in place of others.
 *
 * <p>First every target must be free. Then each file is written and synced beside its target under
 * a temporary name. Only when all are there is each target reserved (created, failing where it
 * exists) and its file renamed over the reservation, so that no reader sees half a file and no two
 * writers both win. A failure takes back whatever was made, folders too.
 */
final class NewFiles {
    static final Set<PosixFilePermission> SECRET = PosixFilePermissions.fromString("rw-------");
    static final Set<PosixFilePermission> PUBLIC = PosixFilePermissions.fromString("rw-r--r--");
    private static final FileAttribute<?> SECRET_FOLDER =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    private record Entry(Path target, String content, Set<PosixFilePermission> permissions) {
        Path temporary() {
            return target.resolveSibling("." + target.getFileName() + ".new");
        }
    }

    private final Path folder;
    private final List<Entry> entries = new ArrayList<>();
    private final Deque<Path> made = new ArrayDeque<>();

    NewFiles(Path folder) {
        this.folder = folder;
    }

    /** Adds a file that anyone may read (0644 whatever the umask). */
    NewFiles open(String name, String content) {
        entries.add(new Entry(folder.resolve(name), content, PUBLIC));
        return this;
    }

    /** Adds a file that only its owner may read, from its first moment on (0600). */
    NewFiles secret(String name, String content) {
        entries.add(new Entry(folder.resolve(name), content, SECRET));
        return this;
    }

    /** Writes all, or none and says why. */
    void write() throws PkiException {
        refuseExisting();
        try {
            createFolder(folder.toAbsolutePath());
            for (Entry entry : entries) {
                made.push(create(entry.temporary(), entry.permissions));
                fill(entry.temporary(), entry.content, entry.permissions);
            }
            for (Entry entry : entries) {
                made.push(create(entry.target, SECRET));
                Files.move(entry.temporary(), entry.target, StandardCopyOption.ATOMIC_MOVE);
            }
        } catch (IOException e) {
            takeBack(e);
            throw PkiException.ofFile(folder, e);
        }
    }

    private void refuseExisting() throws PkiException {
        String existing =
                entries.stream()
                        .map(Entry::target)
                        .filter(target -> Files.exists(target, LinkOption.NOFOLLOW_LINKS))
                        .map(Path::toString)
                        .collect(Collectors.joining(", "));
        if (!existing.isEmpty()) {
            throw new PkiException(
                    existing
                            + ": already exists, so nothing was written; move it away or choose"
                            + " another folder or name");
        }
    }

    /** Makes the folder with 0700 where it is missing, and missing ones above it as usual. */
    private void createFolder(Path missing) throws IOException {
        if (Files.isDirectory(missing)) {
            return;
        }
        Path parent = missing.getParent();
        if (parent != null && !Files.isDirectory(parent)) {
            createFolder(parent);
        }
        if (missing.equals(folder.toAbsolutePath())) {
            made.push(Files.createDirectory(missing, SECRET_FOLDER));
        } else {
            made.push(Files.createDirectory(missing));
        }
    }

    /** Creates an empty file that must not exist. */
    static Path create(Path file, Set<PosixFilePermission> permissions) throws IOException {
        return Files.createFile(file, PosixFilePermissions.asFileAttribute(permissions));
    }

    /** Writes and syncs a file just created; gives it its permissions against the umask. */
    static void fill(Path file, String content, Set<PosixFilePermission> permissions)
            throws IOException {
        try (FileChannel channel = FileChannel.open(file, EnumSet.of(StandardOpenOption.WRITE))) {
            ByteBuffer rest = StandardCharsets.US_ASCII.encode(content);
            while (rest.hasRemaining()) {
                channel.write(rest);
            }
            channel.force(true);
        }
        Files.setPosixFilePermissions(file, permissions);
    }

    private void takeBack(IOException cause) {
        while (!made.isEmpty()) {
            try {
                Files.deleteIfExists(made.pop());
            } catch (IOException e) {
                cause.addSuppressed(e);
            }
        }
    }
}
