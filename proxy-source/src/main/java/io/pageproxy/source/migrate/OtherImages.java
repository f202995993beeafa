package io.pageproxy.source.migrate;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What a dump leaves in its images folder, its pages having gone elsewhere. */
final class OtherImages {
    private OtherImages() {}

    /** The plain {@code *.img} files of that folder but those that a page server writes. */
    static List<Path> in(Path folder) throws IOException {
        return all(folder).stream().filter(file -> !isPageServers(file)).toList();
    }

    private static boolean isPageServers(Path file) {
        String name = file.getFileName().toString();
        return name.startsWith("pages-") || name.startsWith("pagemap-");
    }

    /** All plain {@code *.img} files of that folder. */
    static List<Path> all(Path folder) throws IOException {
        List<Path> images = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*.img")) {
            for (Path file : files) {
                if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
                    images.add(file);
                }
            }
        }
        images.sort(null);
        return images;
    }
}
