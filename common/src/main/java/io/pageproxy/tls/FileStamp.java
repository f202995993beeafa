package io.pageproxy.tls;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What tells a changed file from an unchanged one without reading it. The change time is in it, so
 * a chmod counts too.
 *
 * @param path the file; links are followed
 * @param state its attributes, or why there are none
 */
public record FileStamp(Path path, Map<String, Object> state) {
    private static final String ATTRIBUTES = "unix:dev,ino,mode,size,lastModifiedTime,ctime";

    static List<FileStamp> of(TlsFiles files) {
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

    /** Of one file as it is now, also where it is not there. */
    public static FileStamp of(Path path) {
        try {
            return new FileStamp(path, new TreeMap<>(Files.readAttributes(path, ATTRIBUTES)));
        } catch (IOException e) {
            return new FileStamp(path, Map.of("error", e.getClass().getName()));
        }
    }
}
