package io.pageproxy.dest.images;

import io.pageproxy.posix.Pipe;
import io.pageproxy.process.ChildLauncher;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Lets {@code criu restore} and {@code criu lazy-pages} start before their images are there, and
 * get done with everything that needs none, such as the detection of the kernel's features. Both
 * then read {@code inventory.img} before any other image (criu/image.c, {@code
 * check_img_inventory}), and that is a link to a pipe which each of them has inherited. So they
 * wait until the inventory is released; they fail when their pipe is closed, by us or because our
 * process has ended. Blocking; thread-safe.
 */
public final class HeldInventory implements HeldImages {
    /** The image that CRIU reads first. */
    static final String NAME = "inventory.img";

    /** Where {@link AddedFiles} puts the inventory while its name is taken. */
    private static final String HIDDEN_NAME = ".inventory";

    /** What a pipe takes without a reader; real inventories have some 100 bytes. */
    private static final int MAX_BYTES = 64 << 10;

    private static final Path INHERITED = Path.of("/proc/self/fd/" + ChildLauncher.KEPT_DESCRIPTOR);

    private final Path folder;
    private final Map<Integer, Pipe> readers = new HashMap<>();

    private HeldInventory(Path folder) {
        this.folder = folder;
    }

    /**
     * Takes the inventory's name in a folder that does not have one.
     *
     * @throws IOException if that is not possible
     */
    public static HeldInventory in(Path folder) throws IOException {
        Files.createSymbolicLink(folder.resolve(NAME), INHERITED);
        return new HeldInventory(folder);
    }

    /** Whether a path is the name that is taken, rather than an image. */
    static boolean isAt(Path path) throws IOException {
        return path.endsWith(NAME)
                && Files.isSymbolicLink(path)
                && Files.readSymbolicLink(path).equals(INHERITED);
    }

    /**
     * Where to put an image that has come: a held inventory waits elsewhere than under its name.
     */
    public static Path placeFor(Path image) throws IOException {
        return isAt(image) ? hiddenIn(image.getParent()) : image;
    }

    /** Where the inventory of a folder waits until it is released. */
    static Path hiddenIn(Path folder) {
        return folder.resolve(HIDDEN_NAME);
    }

    /** Returns the descriptor that it has to inherit as {@link ChildLauncher#KEPT_DESCRIPTOR}. */
    @Override
    public synchronized int addReader() throws IOException {
        Pipe pipe = Pipe.open();
        readers.put(pipe.readingEnd(), pipe);
        return pipe.readingEnd();
    }

    @Override
    public synchronized void release(int reader) throws IOException {
        Path hidden = hiddenIn(folder);
        if (Files.size(hidden) > MAX_BYTES) {
            throw new IOException(folder.resolve(NAME) + " is too long: " + Files.size(hidden));
        }
        Pipe waiting = readers.remove(reader);
        if (waiting == null) {
            throw new IOException("no program waits for " + folder.resolve(NAME));
        }
        try (Pipe pipe = waiting) {
            pipe.write(Files.readAllBytes(hidden));
        }
    }

    /** A process that has not got that far yet will find the inventory under its name. */
    @Override
    public synchronized void release() throws IOException {
        for (int reader : List.copyOf(readers.keySet())) {
            release(reader);
        }
        Files.move(hiddenIn(folder), folder.resolve(NAME), StandardCopyOption.ATOMIC_MOVE);
    }

    /** Also gives the name back, unless the inventory was released. */
    @Override
    public synchronized void close() throws IOException {
        for (Pipe pipe : readers.values()) {
            pipe.close();
        }
        readers.clear();
        remove(folder);
    }

    /** Removes what holds the inventory of a folder, if it is held. */
    static void remove(Path folder) throws IOException {
        Path name = folder.resolve(NAME);
        if (isAt(name)) {
            Files.deleteIfExists(name);
        }
        Files.deleteIfExists(hiddenIn(folder));
    }
}
