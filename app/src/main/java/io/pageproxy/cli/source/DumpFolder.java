package io.pageproxy.cli.source;

import io.pageproxy.source.migrate.MigrationPlan;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Where a dump leaves what is not pages: the operator's folder, which stays, or a private one that
 * goes with what is in it.
 *
 * @param path the folder
 * @param temporary whether it goes when this is closed
 */
record DumpFolder(Path path, boolean temporary) implements AutoCloseable {

    /**
     * That folder, made where it is missing, or a private one.
     *
     * @throws IOException where it holds images already: what is sent must be this dump's
     */
    static DumpFolder of(Optional<Path> wanted) throws IOException {
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

    /** Links, such as those that lead from round to round, are not followed. */
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
