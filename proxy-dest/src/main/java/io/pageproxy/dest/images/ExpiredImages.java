package io.pageproxy.dest.images;

import io.pageproxy.text.FailureText;
import java.io.IOException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes complete images. Those that expire have a file that says so, {@value
 * #SIGNATURE_FILE_NAME}, whose time is that of their arrival. A folder that is in use, is marked as
 * incomplete, or holds anything that is not a session's stays. Blocking.
 */
public final class ExpiredImages {
    static final String SIGNATURE_FILE_NAME = ".pageproxy";

    private static final Logger LOG = LoggerFactory.getLogger(ExpiredImages.class);

    /** More than a session's name can have segments. */
    private static final int MAX_DEPTH = 64;

    private ExpiredImages() {}

    /** Marks images that are about to be complete as those that expire. */
    static void sign(Path folder) throws IOException {
        Path file = folder.resolve(SIGNATURE_FILE_NAME);
        Files.deleteIfExists(file);
        Files.createFile(file);
    }

    /**
     * Removes the images below a folder that arrived longer ago than they may stay. Parents of
     * images that stay are kept.
     */
    public static void remove(Path imagesDir, Duration retention, Instant now) {
        try {
            Path dir = imagesDir.toRealPath();
            Sessions found = new Sessions();
            Files.walkFileTree(dir, EnumSet.noneOf(FileVisitOption.class), MAX_DEPTH, found);
            Instant latest = now.minus(retention);
            found.arrived.forEach(
                    (folder, arrival) -> {
                        if (arrival.isBefore(latest) && !found.parents.contains(folder)) {
                            remove(dir, folder, "--images-retention");
                        }
                    });
        } catch (IOException e) {
            LOG.warn("--images-retention: {} cannot be read: {}", imagesDir, FailureText.of(e));
        }
    }

    /** What a look at all folders has found. */
    private static final class Sessions extends SimpleFileVisitor<Path> {
        private final Map<Path, Instant> arrived = new TreeMap<>();
        private final Set<Path> parents = new HashSet<>();

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                throws IOException {
            String name = file.getFileName().toString();
            if (name.equals(SIGNATURE_FILE_NAME) && attributes.isRegularFile()) {
                arrived.put(file.getParent(), attributes.lastModifiedTime().toInstant());
            } else if (name.equals(ImageFiles.PARENT_LINK) && attributes.isSymbolicLink()) {
                parents.add(file.resolveSibling(Files.readSymbolicLink(file)).normalize());
            }
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFileFailed(Path file, IOException e) {
            return FileVisitResult.CONTINUE; // It is gone, or not ours to read.
        }
    }

    /** Removes the images of a tree that runs again, and those of the rounds that they build on. */
    public static void removeRestored(Path imagesDir, Path folder) {
        removeChain(imagesDir, folder, folder, "--remove-images-after-restore");
    }

    /**
     * Removes the rounds of a lazy migration whose tree has all of its memory.
     *
     * @param folder of the migration's own images, which are gone
     * @param lastRound on which they were built
     */
    public static void removeRounds(Path imagesDir, Path folder, Path lastRound) {
        removeChain(imagesDir, folder, lastRound, "lazy migration");
    }

    private static void removeChain(Path imagesDir, Path folder, Path from, String why) {
        try {
            Path dir = imagesDir.toRealPath();
            Pattern round = Pattern.compile(Pattern.quote(folder.toString()) + "-[0-9]+");
            for (Path next = from; next != null; ) {
                Path link = next.resolve(ImageFiles.PARENT_LINK);
                Path parent =
                        Files.isSymbolicLink(link)
                                ? next.resolve(Files.readSymbolicLink(link)).normalize()
                                : null;
                if (!remove(dir, next, why)) {
                    return;
                }
                next = parent != null && round.matcher(parent.toString()).matches() ? parent : null;
            }
        } catch (IOException e) {
            LOG.warn("the images in {} cannot be removed: {}", folder, FailureText.of(e));
        }
    }

    private static boolean remove(Path imagesDir, Path folder, String option) {
        LiveFolders folders = LiveFolders.OF_PROCESS;
        synchronized (folders) {
            if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)
                    || IncompleteMark.isIn(folder)
                    || !folders.enter(folder)) {
                return false;
            }
        }
        try {
            Optional<Path> foreign = Leftovers.remove(folder);
            if (foreign.isPresent()) {
                LOG.warn(
                        "{}: {} stays, since '{}' in it is not a session's",
                        option,
                        folder,
                        foreign.get());
                return false;
            }
            if (!folder.equals(imagesDir)) {
                Files.delete(folder);
            }
            LOG.info("{}: the images in {} are removed", option, folder);
            return true;
        } catch (IOException e) {
            LOG.warn("{}: {} cannot be removed: {}", option, folder, FailureText.of(e));
            return false;
        } finally {
            synchronized (folders) {
                folders.leave(folder);
            }
        }
    }
}
