import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * A Java program that can tell whether its heap survived a migration; java runs it from this file.
 *
 * <pre>  setsid java -XX:-UsePerfData HeapCheck.java DIR MEGABYTES</pre>
 *
 * Fills MEGABYTES of heap with linked entries, strings and arrays; one thread makes garbage all the
 * time, so that the collector moves them about. The files in DIR are those of memory-check.pl.
 */
final class HeapCheck {
    private static final int ENTRIES_PER_MEGABYTE = 1_000;
    private static final int ARRAY_BYTES = 900;
    private static final int BEAT_MILLIS = 100;

    private record Entry(String name, byte[] bytes, Entry before) {}

    private final Path dir;
    private final Map<String, Entry> entries = new HashMap<>();
    private Entry last;

    private HeapCheck(Path dir, int megabytes) {
        this.dir = dir;
        Random random = new Random(megabytes);
        for (int i = 0; i < megabytes * ENTRIES_PER_MEGABYTE; i++) {
            byte[] bytes = new byte[ARRAY_BYTES];
            random.nextBytes(bytes);
            last = new Entry("entry-" + i, bytes, last);
            entries.put(last.name(), last);
        }
    }

    /** Digests each entry, both as reached by its links and as found by its name. */
    private long digest() {
        long digest = entries.size();
        for (Entry entry = last; entry != null; entry = entry.before()) {
            digest = digest * 31 + entry.name().hashCode();
            for (byte b : entry.bytes()) {
                digest = digest * 31 + b;
            }
            digest += entries.get(entry.name()) == entry ? 1 : 0;
        }
        return digest;
    }

    private void publish(String file, String line) throws IOException {
        Path next = Files.writeString(dir.resolve(file + ".new"), line + "\n");
        Files.move(next, dir.resolve(file), StandardCopyOption.ATOMIC_MOVE);
    }

    private void run() throws IOException, InterruptedException {
        long wanted = digest();
        publish("pid", Long.toString(ProcessHandle.current().pid()));
        publish("status", "ready " + wanted);
        int checks = 0;
        for (int beats = 0; ; beats++) {
            Thread.sleep(BEAT_MILLIS);
            publish("beat", Integer.toString(beats));
            if (Files.deleteIfExists(dir.resolve("check"))) {
                checks++;
                long digest = digest();
                publish(
                        "status",
                        (digest == wanted ? "ok " : "corrupt ") + checks + " " + digest);
            }
        }
    }

    private static void makeGarbage() {
        List<byte[]> some = new ArrayList<>();
        try {
            while (true) {
                some.add(new byte[64 << 10]);
                if (some.size() > 16) {
                    some.clear();
                    Thread.sleep(1);
                }
            }
        } catch (InterruptedException told) {
            Thread.currentThread().interrupt();
        }
    }

    public static void main(String[] words) throws Exception {
        Thread garbage = new Thread(HeapCheck::makeGarbage, "garbage");
        garbage.setDaemon(true);
        garbage.start();
        new HeapCheck(Path.of(words[0]), Integer.parseInt(words[1])).run();
    }
}
