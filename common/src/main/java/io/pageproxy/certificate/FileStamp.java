package io.pageproxy.certificate;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * File attributes that reveal a change without reading the file. They include the inode change
 * time, so a chmod counts as a change.
 *
 * @param path the file; symbolic links are followed
 * @param state its attributes, or the reason why they could not be read
 */
public record FileStamp(Path path, Map<String, Object> state) {
    private static final String ATTRIBUTES = "unix:dev,ino,mode,size,lastModifiedTime,ctime";

    public static List<FileStamp> of(TlsFiles files) {
        return Stream.of(
                        Optional.of(files.cert()),
                        Optional.of(files.key()),
                        Optional.of(files.ca()),
                        files.crl(),
                        files.keyPasswordFile())
                .flatMap(Optional::stream)
                .map(FileStamp::of)
                .toList();
    }

    /** Takes the stamp of a file, which need not exist. */
    public static FileStamp of(Path path) {
        try {
            return new FileStamp(path, new TreeMap<>(Files.readAttributes(path, ATTRIBUTES)));
        } catch (IOException e) {
            return new FileStamp(path, Map.of("error", e.getClass().getName()));
        }
    }
}
