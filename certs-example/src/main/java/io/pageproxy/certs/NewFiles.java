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
 * A set of files that is created in a folder completely or not at all, and never overwrites other
 * files.
 *
 * <p>First it checks that no target exists. Then each file is written and synced next to its target
 * under a temporary name. Only when all are written is each target reserved (created, failing if it
 * exists) and its file renamed over the reservation, so that no reader sees a partial file and of
 * two writers only one succeeds. On failure everything created is removed, including folders.
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

    /** Adds a file readable by everybody (0644 regardless of the umask). */
    NewFiles open(String name, String content) {
        entries.add(new Entry(folder.resolve(name), content, PUBLIC));
        return this;
    }

    /** Adds a file that is readable only by its owner from the start (0600). */
    NewFiles secret(String name, String content) {
        entries.add(new Entry(folder.resolve(name), content, SECRET));
        return this;
    }

    /** Writes all files, or none and throws the reason. */
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
            rollBack(e);
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

    /** Creates the folder with mode 0700 if missing, and missing parents with the default mode. */
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

    /** Creates an empty file, which must not exist. */
    static Path create(Path file, Set<PosixFilePermission> permissions) throws IOException {
        return Files.createFile(file, PosixFilePermissions.asFileAttribute(permissions));
    }

    /** Writes and syncs a newly created file and sets its permissions regardless of the umask. */
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

    private void rollBack(IOException cause) {
        while (!made.isEmpty()) {
            try {
                Files.deleteIfExists(made.pop());
            } catch (IOException e) {
                cause.addSuppressed(e);
            }
        }
    }
}
