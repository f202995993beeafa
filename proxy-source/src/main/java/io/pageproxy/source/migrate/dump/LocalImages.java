package io.pageproxy.source.migrate.dump;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * Images in a folder of this host.
 *
 * @param files in the order of their names
 */
public record LocalImages(List<Path> files) implements DumpedImages {
    /** With the external descriptors of a container, which runc writes and reads. */
    private static final String FILES = "{*.img,descriptors.json}";

    /**
     * The regular files of a folder that are images, and what runc adds to them.
     *
     * @param pages whether those that a page server writes are among them
     */
    public static LocalImages of(Path folder, boolean pages) throws IOException {
        List<Path> images = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, FILES)) {
            for (Path file : files) {
                if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
                        && (pages || !isPages(file))) {
                    images.add(file);
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        images.sort(null);
        return new LocalImages(List.copyOf(images));
    }

    private static boolean isPages(Path file) {
        String name = file.getFileName().toString();
        return name.startsWith("pages-") || name.startsWith("pagemap-");
    }

    @Override
    public int count() {
        return files.size();
    }

    @Override
    public Image open(int index) throws IOException {
        Path file = files.get(index);
        FileChannel content =
                FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
        try {
            return new Image(file.getFileName().toString(), content.size(), content);
        } catch (IOException e) {
            content.close();
            throw e;
        }
    }
}
