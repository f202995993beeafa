package io.pageproxy.dest.images;

import io.pageproxy.text.SafeText;
import java.io.IOException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The complete rounds that a failed migration has left, which would refuse its retry. Those that
 * build on a round go with it. Nothing is removed while the migration may be running or may have
 * left its own images as the only copy, and no round on which other images build. With the monitor
 * of {@link LiveFolders} held.
 */
final class LeftRounds {
    private static final Logger LOG = LoggerFactory.getLogger(LeftRounds.class);

    /** NAME-n, as {@code migrate --rounds} calls the session of its round n. */
    private static final Pattern ROUND = Pattern.compile("(.+)-([1-9][0-9]{0,3})");

    /** More than a session's name can have segments. */
    private static final int MAX_DEPTH = 64;

    private final LiveFolders folders;
    private final Claimant claimant;
    private final Path base;
    private final List<Path> rounds = new ArrayList<>();

    private LeftRounds(LiveFolders folders, Claimant claimant, Path base) {
        this.folders = folders;
        this.claimant = claimant;
        this.base = base;
    }

    /** Whether a folder's name is that of a round. */
    static boolean isNamedAsRound(Path folder) {
        return ROUND.matcher(folder.getFileName().toString()).matches();
    }

    /**
     * Removes the images in a folder, if they are those of such a round.
     *
     * @param imagesDir the images dir, as a real path
     * @param folder entered for the claimant
     */
    static void remove(Path imagesDir, Path folder, LiveFolders folders, Claimant claimant)
            throws IOException {
        Matcher name = ROUND.matcher(folder.getFileName().toString());
        Optional<RoundMark> mark = RoundMark.in(folder);
        if (folder.equals(imagesDir)
                || !name.matches()
                || mark.filter(claimant::mayReplace).isEmpty()
                || IncompleteMark.isIn(folder)) {
            return;
        }
        LeftRounds left = new LeftRounds(folders, claimant, folder.resolveSibling(name.group(1)));
        left.rounds.add(folder);
        int first = Integer.parseInt(name.group(2));
        if (left.addRoundsAfter(first, mark.get())
                && left.isOfFailedMigration()
                && left.nothingElseBuildsOnThem(imagesDir)) {
            left.removeAll();
        }
    }

    /** Adds the rounds that follow; returns whether no session uses one of them. */
    private boolean addRoundsAfter(int first, RoundMark mark) throws IOException {
        for (int number = first + 1; ; number++) {
            Path next = base.resolveSibling(base.getFileName() + "-" + number);
            if (!Files.isDirectory(next, LinkOption.NOFOLLOW_LINKS)
                    || IncompleteMark.isIn(next)
                    || !RoundMark.in(next).equals(Optional.of(mark))) {
                return true;
            }
            if (folders.isLive(next)) {
                return false;
            }
            rounds.add(next);
        }
    }

    /** The migration's own folder has no images, or incomplete ones that are nobody's only copy. */
    private boolean isOfFailedMigration() throws IOException {
        return !folders.isLive(base)
                && (!Files.isDirectory(base, LinkOption.NOFOLLOW_LINKS)
                        || isReplaceable(base)
                        || !ImageFiles.isOfSession(base));
    }

    private boolean isReplaceable(Path folder) throws IOException {
        if (folders.isLive(folder) || !IncompleteMark.isIn(folder)) {
            return false;
        }
        Optional<IncompleteMark> mark = IncompleteMark.take(folder);
        if (mark.isEmpty()) {
            return false; // Another process holds it.
        }
        boolean replaceable = mark.get().isStale() && claimant.mayReplace(mark.get());
        mark.get().release();
        return replaceable;
    }

    private boolean nothingElseBuildsOnThem(Path imagesDir) throws IOException {
        List<Path> children = new ArrayList<>();
        Files.walkFileTree(
                imagesDir,
                EnumSet.noneOf(FileVisitOption.class),
                MAX_DEPTH,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                            throws IOException {
                        if (attributes.isSymbolicLink()
                                && file.getFileName().toString().equals(ImageFiles.PARENT_LINK)
                                && rounds.contains(
                                        file.resolveSibling(Files.readSymbolicLink(file))
                                                .normalize())) {
                            children.add(file.getParent());
                        }
                        return FileVisitResult.CONTINUE;
                    }
                });
        for (Path child : children) {
            if (!rounds.contains(child) && !isReplaceable(child)) {
                LOG.info("{} stays, since the images in {} build on it", rounds.get(0), child);
                return false;
            }
        }
        return true;
    }

    /** The last first, so that none is left whose parent is gone. */
    private void removeAll() throws IOException {
        for (int i = rounds.size() - 1; i >= 0; i--) {
            Path round = rounds.get(i);
            Optional<Path> foreign = Leftovers.remove(round);
            if (foreign.isPresent()) {
                throw FolderPath.refused(
                        round,
                        "holds a round of a failed migration and '"
                                + SafeText.name(foreign.get().toString())
                                + "', which is not a session's, so it is not replaced: remove"
                                + " them, or give another --session");
            }
            if (i > 0) {
                Files.delete(round);
            }
        }
        LOG.info("{}: the rounds of a failed migration of the same peer are replaced", rounds);
    }
}
