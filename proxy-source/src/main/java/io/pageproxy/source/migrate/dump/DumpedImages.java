package io.pageproxy.source.migrate.dump;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The images that a dump leaves in its folder. */
public final class DumpedImages {
    private DumpedImages() {}

    /** The regular {@code *.img} files of that folder but those that a page server writes. */
    public static List<Path> withoutPages(Path folder) throws IOException {
        return all(folder).stream().filter(file -> !isPages(file)).toList();
    }

    private static boolean isPages(Path file) {
        String name = file.getFileName().toString();
        return name.startsWith("pages-") || name.startsWith("pagemap-");
    }

    /** All regular {@code *.img} files of that folder. */
    public static List<Path> all(Path folder) throws IOException {
        List<Path> images = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*.img")) {
            for (Path file : files) {
                if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
                    images.add(file);
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        images.sort(null);
        return images;
    }
}
