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

/** The folder that a command works in, for this user only; gone with all in it when closed. */
public final class Workspace implements AutoCloseable {
    private static final long SPARE_BYTES = 48 << 20;

    private final Path folder;
    private final boolean kept;

    private Workspace(Path folder, boolean kept) {
        this.folder = folder;
        this.kept = kept;
    }

    /**
     * Makes it.
     *
     * @param name what a temporary one's name says it is for
     * @param keep the folder that stays; empty: a new one in {@code TMPDIR}, else in Java's
     *     temporary folder
     * @throws LocalFailure where it cannot be, or what is to be kept is not empty
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

    /** The folder itself, absolute. */
    public Path path() {
        return folder;
    }

    /**
     * Makes sure that images of so much memory have room, with all that lies around it.
     *
     * @throws LocalFailure where they have not
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

    /** A new folder in it. */
    public Path makeFolder(String name) throws IOException {
        return Files.createDirectory(folder.resolve(name));
    }

    /** What is left of it now that it is closed, in words. */
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
