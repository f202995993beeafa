package io.pageproxy.cli.task;

import io.pageproxy.source.migrate.dump.MigrationPlan;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The folder for the non-page images of a dump: the operator's, which is kept, or a private one,
 * which is deleted.
 *
 * @param path the folder
 * @param temporary whether it is deleted when this is closed
 */
public record DumpFolder(Path path, boolean temporary) implements AutoCloseable {

    /**
     * Returns the given folder, created if missing, or a new private one.
     *
     * @throws IOException if it already contains images, because only this dump's images may be
     *     sent
     */
    public static DumpFolder of(Optional<Path> wanted) throws IOException {
        if (wanted.isEmpty()) {
            return new DumpFolder(Files.createTempDirectory("pageproxy-dump"), true);
        }
        Path folder = Files.createDirectories(wanted.get());
        try (DirectoryStream<Path> images =
                Files.newDirectoryStream(folder, "{*.img," + MigrationPlan.ROUND_FOLDER + "*}")) {
            if (images.iterator().hasNext()) {
                throw new IOException(
                        "--images-dir "
                                + folder
                                + " holds images already: empty it, or name another");
            }
        }
        return new DumpFolder(folder, false);
    }

    @Override
    public void close() throws IOException {
        if (!temporary) {
            return;
        }
        delete(path);
    }

    /** Deletes recursively without following links, such as those between rounds. */
    private static void delete(Path file) throws IOException {
        if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
            try (DirectoryStream<Path> inner = Files.newDirectoryStream(file)) {
                for (Path each : inner) {
                    delete(each);
                }
            }
        }
        Files.delete(file);
    }
}
