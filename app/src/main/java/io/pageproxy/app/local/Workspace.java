package io.pageproxy.app.local;

import io.pageproxy.cli.Quantities;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.stream.Stream;

/** A private working folder of a command, deleted with its content when closed. */
public final class Workspace implements AutoCloseable {
    private static final long SPARE_BYTES = 48 << 20;

    private final Path folder;
    private final boolean kept;

    private Workspace(Path folder, boolean kept) {
        this.folder = folder;
        this.kept = kept;
    }

    /**
     * Creates the folder.
     *
     * @param name prefix of a temporary folder's name
     * @param keep the folder to use and keep; empty for a new one in {@code TMPDIR} or else in
     *     Java's temporary folder
     * @throws LocalFailure if it cannot be created, or the folder to keep is not empty
     */
    public static Workspace create(String name, Optional<Path> keep) throws LocalFailure {
        try {
            return keep.isPresent()
                    ? new Workspace(empty(keep.get()), true)
                    : new Workspace(temporary(name), false);
        } catch (IOException e) {
            throw LocalFailure.here("cannot make a folder to work in: " + e);
        }
    }

    private static Path temporary(String name) throws IOException {
        String wanted = System.getenv("TMPDIR");
        boolean usable = wanted != null && Files.isDirectory(Path.of(wanted));
        Path parent = Path.of(usable ? wanted : System.getProperty("java.io.tmpdir"));
        return Files.createTempDirectory(parent, "pageproxy-" + name + "-").toRealPath();
    }

    private static Path empty(Path keep) throws IOException, LocalFailure {
        Files.createDirectories(
                keep,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        try (Stream<Path> entries = Files.list(keep)) {
            if (entries.findAny().isPresent()) {
                throw LocalFailure.here("--keep " + keep + " is not empty: name a new folder");
            }
        }
        return keep.toRealPath();
    }

    /** The absolute path. */
    public Path path() {
        return folder;
    }

    /**
     * Checks that there is enough free space for images of the given memory and everything around
     * them.
     *
     * @throws LocalFailure if there is not
     */
    public void requireRoom(long memoryBytes) throws IOException, LocalFailure {
        long neededBytes = memoryBytes + memoryBytes / 8 + SPARE_BYTES;
        long freeBytes = Files.getFileStore(folder).getUsableSpace();
        if (freeBytes < neededBytes) {
            throw LocalFailure.here(
                    "the images need about "
                            + Quantities.mebibytes(neededBytes)
                            + ", and "
                            + folder.getParent()
                            + " has "
                            + Quantities.mebibytes(freeBytes)
                            + " free: take a smaller --size, or set TMPDIR to another folder");
        }
    }

    /** Creates a subfolder. */
    public Path makeFolder(String name) throws IOException {
        return Files.createDirectory(folder.resolve(name));
    }

    /** Describes what remains of it after it was closed. */
    public String leftBehind() {
        return Files.exists(folder) ? "All files are in " + folder : "Nothing is left behind.";
    }

    @Override
    public void close() throws IOException {
        if (!kept) {
            Files.walkFileTree(folder, new Deletion());
        }
    }

    private static final class Deletion extends SimpleFileVisitor<Path> {
        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult postVisitDirectory(Path folder, IOException failure)
                throws IOException {
            Files.deleteIfExists(folder);
            return FileVisitResult.CONTINUE;
        }
    }
}
