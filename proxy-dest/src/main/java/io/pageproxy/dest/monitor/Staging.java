package io.pageproxy.dest.monitor;

import io.pageproxy.dest.images.HeldInventory;
import io.pageproxy.posix.FolderHandle;
import io.pageproxy.posix.Posix;
import io.pageproxy.session.SessionException;
import io.pageproxy.session.SessionName;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Root's own copies of images that belong to the network process. All that says how tasks are
 * restored is copied, so that it cannot change between a check and its use; pages are too large for
 * that and get one more name here. They are the memory of the tasks and decide about no rights.
 *
 * <p>The copies are on the file system of the images, in a folder of the images dir that only root
 * can enter. Whoever owns the images dir can rename that folder but not replace what is in it,
 * since it is only used through an open handle.
 *
 * <pre>
 *  IMAGES/.monitor-*   0700, with a locked file: who finds it unlocked removes the folder
 *     1/0              0755, images of the first restore: tasks in a user namespace open them
 *     1/1              their parent's, where 1/0/parent leads
 * </pre>
 *
 * Blocking; thread-safe.
 */
final class Staging implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Staging.class);

    static final String PREFIX = ".monitor-";

    /** Rounds of one migration. */
    private static final int MAX_PARENTS = 256;

    private static final int MAX_FILES = 1 << 18;

    /** What is copied for one restore; pages do not count. */
    private static final long MAX_COPIED_BYTES = 8L << 30;

    private static final String LOCK_FILE_NAME = ".lock";
    private static final String PARENT_LINK = "parent";
    private static final int TYPE_MASK = 0170000;
    private static final int REGULAR_FILE = 0100000;

    private final FolderHandle imagesDir;
    private final FolderHandle own;
    private final String ownName;
    private final FileLock lock;
    private final int owner;
    private int restores;

    private Staging(
            FolderHandle imagesDir, FolderHandle own, String ownName, FileLock lock, int owner) {
        this.imagesDir = imagesDir;
        this.own = own;
        this.ownName = ownName;
        this.lock = lock;
        this.owner = owner;
    }

    /**
     * Makes the folder of this process, and removes those of processes that have ended.
     *
     * @param owner the user that images must belong to
     */
    static Staging open(Path imagesDir, int owner) throws IOException {
        FolderHandle dir = FolderHandle.open(imagesDir);
        try {
            removeStale(dir);
            Path made =
                    Files.createTempDirectory(
                            dir.path(),
                            PREFIX,
                            PosixFilePermissions.asFileAttribute(
                                    PosixFilePermissions.fromString("rwx------")));
            String name = made.getFileName().toString();
            FolderHandle own = dir.below(name);
            if (own.owner() != Posix.effectiveUser()) {
                own.close();
                throw new IOException(imagesDir + "/" + name + " was replaced");
            }
            FileLock lock = lock(own).orElseThrow(() -> new IOException(made + " is locked"));
            return new Staging(dir, own, name, lock, owner);
        } catch (IOException e) {
            dir.close();
            throw e;
        }
    }

    /** Empty if another process has it. */
    private static Optional<FileLock> lock(FolderHandle folder) throws IOException {
        FileChannel file =
                FileChannel.open(
                        folder.path().resolve(LOCK_FILE_NAME),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE);
        try {
            Optional<FileLock> lock = Optional.ofNullable(file.tryLock());
            if (lock.isEmpty()) {
                file.close();
            }
            return lock;
        } catch (OverlappingFileLockException byThisProcess) {
            file.close();
            return Optional.empty();
        }
    }

    private static void removeStale(FolderHandle dir) throws IOException {
        try (DirectoryStream<Path> found = Files.newDirectoryStream(dir.path(), PREFIX + "*")) {
            for (Path path : found) {
                removeIfStale(dir, path.getFileName().toString());
            }
        }
    }

    private static void removeIfStale(FolderHandle dir, String name) {
        try (FolderHandle stale = dir.below(name)) {
            if (stale.owner() != Posix.effectiveUser()) {
                return;
            }
            Optional<FileLock> lock = lock(stale);
            if (lock.isPresent()) {
                clear(stale.path());
                lock.get().acquiredBy().close();
                Files.delete(dir.path().resolve(name));
            }
        } catch (IOException e) {
            LOG.warn("what an earlier monitor has left cannot be removed: {}", e.getMessage());
        }
    }

    /**
     * Makes the folder for a copy of images that may yet have to come.
     *
     * @param folder of the session below the images dir; empty for the images dir itself
     * @return the copy's folder, which is empty; {@link #remove} removes it
     * @throws IOException if there is no such folder
     */
    Path prepare(String folder) throws IOException {
        images(name(folder)).close();
        Path all = Files.createDirectory(own.path().resolve(Integer.toString(next())));
        return create(all, 0);
    }

    /**
     * Copies the images of a session and of its parents.
     *
     * @param staged from {@link #prepare} of the same folder
     * @throws IOException if the images are not as they must be; the message says which
     */
    void fill(Path staged, String folder) throws IOException {
        Copy copy = new Copy(staged.getParent());
        Optional<String> from = copy.folder(name(folder), 0);
        for (int i = 1; from.isPresent(); i++) {
            if (i > MAX_PARENTS) {
                throw new IOException(folder + " has too many parents");
            }
            create(staged.getParent(), i);
            from = copy.folder(from.get(), i);
        }
    }

    private static Path create(Path all, int index) throws IOException {
        Path folder = Files.createDirectory(all.resolve(Integer.toString(index)));
        return Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /** The images of a session, by its name. */
    private FolderHandle images(String session) throws IOException {
        return imagesDir.below(session.isEmpty() ? "." : session);
    }

    private synchronized int next() {
        return ++restores;
    }

    /** Refuses what is no session's folder: absolute paths, {@code ..}, hidden folders. */
    private static String name(String folder) throws IOException {
        try {
            return folder.isEmpty() ? folder : new SessionName(folder).value();
        } catch (SessionException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    /** The copy of one session and its parents. */
    private final class Copy {
        private final Path all;
        private long leftBytes = MAX_COPIED_BYTES;
        private int leftFiles = MAX_FILES;

        Copy(Path all) {
            this.all = all;
        }

        /**
         * Copies one folder.
         *
         * @return its parent's folder
         */
        Optional<String> folder(String from, int index) throws IOException {
            try (FolderHandle images = images(from);
                    FolderHandle target = own.below(all.getFileName() + "/" + index)) {
                for (String name : names(images)) {
                    image(images, name, target);
                }
                Optional<String> parent = parent(images, from);
                if (parent.isPresent()) {
                    Path link = target.path().resolve(PARENT_LINK);
                    Files.createSymbolicLink(link, Path.of("../" + (index + 1)));
                }
                return parent;
            }
        }

        private List<String> names(FolderHandle images) throws IOException {
            List<String> names = new ArrayList<>();
            try (DirectoryStream<Path> files = Files.newDirectoryStream(images.path(), "*.img")) {
                for (Path file : files) {
                    if (--leftFiles < 0) {
                        throw new IOException("more than " + MAX_FILES + " images");
                    }
                    names.add(file.getFileName().toString());
                }
            }
            return names;
        }

        private void image(FolderHandle images, String name, FolderHandle target)
                throws IOException {
            int file = images.openFile(name);
            try {
                requireOwn(file, name);
                if (name.startsWith("pages-")) {
                    target.link(file, name);
                } else {
                    copy(file, HeldInventory.placeFor(target.path().resolve(name)));
                }
            } finally {
                Posix.close(file);
            }
        }

        private void requireOwn(int file, String name) throws IOException {
            Map<String, Object> facts =
                    Files.readAttributes(FolderHandle.pathOf(file), "unix:mode,uid");
            if (((int) facts.get("mode") & TYPE_MASK) != REGULAR_FILE) {
                throw new IOException("the image " + name + " is no regular file");
            }
            if ((int) facts.get("uid") != owner) {
                throw new IOException(
                        "the image "
                                + name
                                + " belongs to user "
                                + facts.get("uid")
                                + ", not to --user "
                                + owner);
            }
        }

        private void copy(int file, Path to) throws IOException {
            try (FileChannel in =
                            FileChannel.open(FolderHandle.pathOf(file), StandardOpenOption.READ);
                    FileChannel out =
                            FileChannel.open(
                                    to, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                long at = 0;
                for (long more = 1; more > 0; at += more) {
                    more = in.transferTo(at, Math.max(1, leftBytes), out);
                    leftBytes -= more;
                    if (leftBytes < 0) {
                        throw new IOException("images of more than " + MAX_COPIED_BYTES + " bytes");
                    }
                }
            }
            Files.setPosixFilePermissions(to, PosixFilePermissions.fromString("rw-r--r--"));
        }
    }

    /** The folder of the session that the images build on; it must be below the images dir. */
    private static Optional<String> parent(FolderHandle images, String from) throws IOException {
        Path link = images.path().resolve(PARENT_LINK);
        if (!Files.exists(link, LinkOption.NOFOLLOW_LINKS)) {
            return Optional.empty();
        }
        Path leads = Path.of("/").resolve(from).resolve(Files.readSymbolicLink(link)).normalize();
        return Optional.of(name(leads.toString().substring(1)));
    }

    /** Removes a copy. */
    void remove(Path staged) {
        try {
            clear(staged.getParent());
            Files.delete(staged.getParent());
        } catch (IOException e) {
            LOG.warn("the copy of images {} cannot be removed: {}", staged, e.getMessage());
        }
    }

    /** Empties a folder that only root can enter. */
    private static void clear(Path folder) throws IOException {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            for (Path entry : entries) {
                if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
                    clear(entry);
                }
                Files.deleteIfExists(entry);
            }
        } catch (NoSuchFileException gone) {
            return;
        }
    }

    @Override
    public void close() {
        try {
            clear(own.path());
            lock.acquiredBy().close();
            Files.delete(imagesDir.path().resolve(ownName));
        } catch (IOException e) {
            LOG.warn("the monitor's folder {} cannot be removed: {}", ownName, e.getMessage());
        }
        own.close();
        imagesDir.close();
    }
}
