package io.pageproxy.cli.rehearsal;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.StringJoiner;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The private folder of a rehearsal: in memory if possible, and where scripts may be executed. It
 * is locked while it is used, so that the next one removes what a killed process has left.
 */
final class RehearsalFolder implements AutoCloseable {
    static final String PREFIX = "pageproxy-rehearsal-";

    /** Candidate folders in order of preference. */
    static final List<Path> PLACES =
            List.of(
                    Path.of("/dev/shm"),
                    Path.of(System.getProperty("java.io.tmpdir")),
                    Path.of("/run"),
                    Path.of("/var/tmp"));

    private static final Logger LOG = LoggerFactory.getLogger(RehearsalFolder.class);
    private static final String LOCK = "lock";

    private final Path path;
    private final FileChannel lock;

    private RehearsalFolder(Path path, FileChannel lock) {
        this.path = path;
        this.lock = lock;
    }

    /**
     * Creates the folder with mode 0700 in the first place that permits programs, and removes what
     * earlier ones of the same user have left there.
     *
     * @throws IOException if there is none; the message gives the reason for each place
     */
    static RehearsalFolder create(List<Path> places) throws IOException {
        StringJoiner refusals = new StringJoiner(", ");
        for (Path place : places) {
            try {
                RehearsalFolder folder = in(place);
                folder.removeLeftovers();
                if (folder.holdsPrograms()) {
                    return folder;
                }
                folder.close();
                refusals.add(place + " is mounted noexec");
            } catch (IOException e) {
                refusals.add(place + " does not take it (" + e + ")");
            }
        }
        throw new IOException("there is no folder for it: " + refusals);
    }

    private static RehearsalFolder in(Path place) throws IOException {
        Path path = Files.createTempDirectory(place, PREFIX);
        FileChannel lock =
                FileChannel.open(
                        path.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        if (lock.tryLock() == null) { // Another process has taken it for a leftover just now.
            lock.close();
            throw new IOException(path + " is locked");
        }
        return new RehearsalFolder(path, lock);
    }

    private boolean holdsPrograms() throws IOException {
        Path program = writeProgram("true", "#!/bin/sh\n");
        return Files.isExecutable(program); // access(2) also checks the mount options.
    }

    /**
     * Deletes folders beside it whose process has ended; those in use stay, and those of other
     * users, who could put a link in place of one while root deletes it.
     */
    private void removeLeftovers() throws IOException {
        Object user = owner(path);
        try (DirectoryStream<Path> folders =
                Files.newDirectoryStream(path.getParent(), PREFIX + "*")) {
            for (Path folder : folders) {
                try {
                    if (owner(folder).equals(user)) {
                        removeIfLeft(folder);
                    }
                } catch (IOException e) {
                    LOG.debug("{} stays", folder, e);
                }
            }
        }
    }

    private static Object owner(Path folder) throws IOException {
        return Files.getAttribute(folder, "unix:uid", LinkOption.NOFOLLOW_LINKS);
    }

    private static void removeIfLeft(Path folder) throws IOException {
        Path file = folder.resolve(LOCK);
        if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)
                || !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
                FileLock taken = tryLock(channel)) {
            if (taken != null) {
                delete(folder);
            }
        }
    }

    /** Returns null if this or another process has locked it. */
    private static FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (java.nio.channels.OverlappingFileLockException ofThisProcess) {
            return null;
        }
    }

    Path path() {
        return path;
    }

    /** Creates a subfolder. */
    Path makeFolder(String name) throws IOException {
        return Files.createDirectory(path.resolve(name));
    }

    /** Writes an executable script. */
    Path writeProgram(String name, String text) throws IOException {
        Path program = path.resolve(name);
        Files.createFile(
                program,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        return Files.writeString(program, text);
    }

    /** Deletes what is in one of its folders. */
    static void empty(Path folder) throws IOException {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            for (Path entry : entries) {
                delete(entry);
            }
        }
    }

    /** Removes the folder with its content. */
    @Override
    public void close() throws IOException {
        try (lock) {
            delete(path);
        }
    }

    private static void delete(Path path) throws IOException {
        Files.walkFileTree(path, new Deletion());
    }

    private static final class Deletion extends SimpleFileVisitor<Path> {
        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
            if (failure instanceof NoSuchFileException) {
                return FileVisitResult.CONTINUE;
            }
            throw failure;
        }

        @Override
        public FileVisitResult postVisitDirectory(Path folder, IOException failure)
                throws IOException {
            Files.deleteIfExists(folder);
            return FileVisitResult.CONTINUE;
        }
    }
}
