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
        List<Path> images = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*.img")) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
                        && !name.startsWith("pages-")
                        && !name.startsWith("pagemap-")) {
                    images.add(file);
                }
            }
        }
        images.sort(null);
        return images;
    }
}
