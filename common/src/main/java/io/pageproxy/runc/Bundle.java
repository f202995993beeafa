package io.pageproxy.runc;

import io.pageproxy.text.FailureText;
import io.pageproxy.text.JsonReader;
import io.pageproxy.text.ShellWord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The config.json of a bundle, as far as it matters to a migration. Blocking.
 *
 * @param folder that contains it
 * @param config its content
 */
public record Bundle(Path folder, Map<String, Object> config) {
    private static final String FILE_NAME = "config.json";
    private static final long MAX_BYTES = 16 << 20;

    /**
     * Reads a bundle.
     *
     * @throws IOException if there is none that can be read; the message names the file
     */
    public static Bundle read(Path folder) throws IOException {
        Path file = folder.resolve(FILE_NAME);
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw new IOException("larger than " + (MAX_BYTES >> 20) + " MiB");
            }
            return new Bundle(folder, JsonReader.object(Files.readString(file)));
        } catch (IOException e) {
            throw new IOException("its bundle's " + file + ": " + FailureText.of(e));
        }
    }

    /** Whether runc gives its first process a terminal. */
    public boolean hasTerminal() {
        return JsonReader.member(config, "process").get("terminal") instanceof Boolean terminal
                && terminal;
    }

    /**
     * Explains why CRIU could not restore a container from it; empty if nothing is known. CRIU
     * needs a folder for the old root while it changes to the new one: /tmp, or else one that it
     * makes in the root itself (criu/mount.c), which it cannot in one that is read-only.
     *
     * @throws IOException if its root file system cannot be read
     */
    public Optional<String> fault() throws IOException {
        Map<String, Object> root = JsonReader.member(config, "root");
        Path top = folder.resolve(root.get("path") instanceof String path ? path : "");
        if (!Files.isDirectory(top) || isEmpty(top) || hasTmp(top)) {
            return Optional.empty(); // Of one that is not there yet nothing is known.
        }
        boolean readOnly =
                Boolean.TRUE.equals(root.get("readonly")) || Files.getFileStore(top).isReadOnly();
        return readOnly
                ? Optional.of(
                        "its root file system is read-only and has no /tmp, which CRIU needs when"
                                + " it restores: mkdir "
                                + ShellWord.of(top.resolve("tmp").toString()))
                : Optional.empty();
    }

    private static boolean isEmpty(Path top) throws IOException {
        try (Stream<Path> files = Files.list(top)) {
            return files.findAny().isEmpty();
        }
    }

    /** A link that leads out of the root would lead CRIU to a folder of the host. */
    private boolean hasTmp(Path top) throws IOException {
        Path tmp = top.resolve("tmp");
        boolean isWithin = Files.isDirectory(tmp) && tmp.toRealPath().startsWith(top.toRealPath());
        return isWithin || mountsOnTmp();
    }

    /** runc makes the folders that it mounts on. */
    private boolean mountsOnTmp() {
        return config.get("mounts") instanceof List<?> mounts
                && mounts.stream()
                        .anyMatch(
                                mount ->
                                        mount instanceof Map<?, ?> one
                                                && one.get("destination") instanceof String on
                                                && (on + "/").startsWith("/tmp/"));
    }

    /** The annotations that a container made from it gets. */
    public Map<String, Object> annotations() {
        return JsonReader.member(config, "annotations");
    }
}
