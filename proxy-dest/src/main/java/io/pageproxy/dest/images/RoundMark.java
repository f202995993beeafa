package io.pageproxy.dest.images;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The file {@code .round} beside the complete images of a round of {@code migrate --rounds}, from
 * their completion until the images of the migration itself may be all that is left of its tree.
 * While it is there the images are of use to that migration only, so that another one of the same
 * peer may replace them.
 *
 * @param peer fingerprint of the source's certificate
 * @param migration id of the migration
 */
record RoundMark(String peer, String migration) {
    static final String FILE_NAME = ".round";

    private static final int MAX_BYTES = 1024;
    private static final String FIRST_LINE =
            "pageproxy: a round of a migration, of use until that has ended";
    private static final String PEER = "peer-sha256: ";
    private static final String MIGRATION = "migration: ";

    /** The mark in a folder; empty if there is none that can be read. */
    static Optional<RoundMark> in(Path folder) throws IOException {
        Path file = folder.resolve(FILE_NAME);
        if (ImageFiles.attributes(file).filter(BasicFileAttributes::isRegularFile).isEmpty()) {
            return Optional.empty();
        }
        try (InputStream in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
            List<String> lines = new String(in.readNBytes(MAX_BYTES), UTF_8).lines().toList();
            return lines.size() == 3
                            && lines.get(1).startsWith(PEER)
                            && lines.get(2).startsWith(MIGRATION)
                    ? Optional.of(
                            new RoundMark(
                                    lines.get(1).substring(PEER.length()),
                                    lines.get(2).substring(MIGRATION.length())))
                    : Optional.empty();
        }
    }

    /** Makes the mark. */
    void write(Path folder) throws IOException {
        Path file = folder.resolve(FILE_NAME);
        Files.deleteIfExists(file);
        Files.createFile(
                file,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(
                file,
                FIRST_LINE + "\n" + PEER + peer + "\n" + MIGRATION + migration + "\n",
                UTF_8,
                StandardOpenOption.WRITE,
                LinkOption.NOFOLLOW_LINKS);
    }

    /**
     * Removes this mark from a chain of rounds: its images may be the only ones soon.
     *
     * @param last the last round; empty if there is none
     * @param sync whether that survives a crash of the host as well
     * @return the rounds that had it
     */
    List<Path> removeFromChain(Optional<Path> last, ImagesSync sync) throws IOException {
        List<Path> unmarked = new ArrayList<>();
        Optional<Path> next = last;
        while (next.isPresent()) {
            Path round = next.get();
            if (!in(round).equals(Optional.of(this))) {
                break;
            }
            Files.delete(round.resolve(FILE_NAME));
            sync.syncFolder(round);
            unmarked.add(round);
            Path link = round.resolve(ImageFiles.PARENT_LINK);
            next =
                    Files.isSymbolicLink(link)
                            ? Optional.of(round.resolve(Files.readSymbolicLink(link)).normalize())
                            : Optional.empty();
        }
        return unmarked;
    }
}
