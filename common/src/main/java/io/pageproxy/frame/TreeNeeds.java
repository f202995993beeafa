package io.pageproxy.frame;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a tree needs of the host where it is restored. A list that would not fit into a frame is
 * cut: what is beyond it is not checked.
 *
 * @param memoryBytes about how much memory is sent; 0: not known
 * @param pids of its tasks and threads, if they are those of the host
 * @param ports on which it listens, such as {@code tcp:127.0.0.1:8080}, if they are those of the
 *     host
 * @param cpu the image of {@code criu cpuinfo dump}, in Base64
 * @param files that it has mapped or open, if their paths are those of the host
 * @param connections whether its TCP connections move with it
 */
public record TreeNeeds(
        long memoryBytes,
        List<Long> pids,
        List<String> ports,
        Optional<String> cpu,
        List<FileNeed> files,
        boolean connections) {
    private static final Pattern PORT =
            Pattern.compile("(?:tcp|udp)6?:[0-9a-f.:]{2,45}:[0-9]{1,5}");
    private static final Pattern PID = Pattern.compile("[1-9][0-9]{0,9}");
    private static final Pattern FILE = Pattern.compile("([0-9]{1,18}) (/.*)");
    private static final int MAX_TEXT_BYTES = 4000;
    private static final int MAX_FILES_BYTES = 6000;
    private static final int FILE_TAGS = 2;
    private static final int CPU_TAG = 25;
    private static final int FIRST_FILE_TAG = 26;
    private static final int CONNECTIONS_TAG = 28;

    /** Copies the lists. */
    public TreeNeeds {
        pids = List.copyOf(pids);
        ports = List.copyOf(ports);
        files = List.copyOf(files);
    }

    /** Those of a tree without TCP connections. */
    public TreeNeeds(
            long memoryBytes,
            List<Long> pids,
            List<String> ports,
            Optional<String> cpu,
            List<FileNeed> files) {
        this(memoryBytes, pids, ports, cpu, files, false);
    }

    /**
     * A regular file.
     *
     * @param path printable ASCII, absolute
     */
    public record FileNeed(String path, long bytes) {
        private static final Pattern PATH = Pattern.compile("/[ -~]*");

        /** Whether such a path can be asked for. */
        public static boolean canAskFor(String path) {
            return PATH.matcher(path).matches();
        }
    }

    void put(Fields fields, int tag) {
        fields.put(tag, memoryBytes);
        fields.put(tag + 1, joined(pids.stream().map(String::valueOf).toList()));
        fields.put(tag + 2, joined(ports));
        cpu.filter(image -> image.length() <= MAX_TEXT_BYTES)
                .ifPresent(image -> fields.put(CPU_TAG, image));
        List<String> lines =
                files.stream().map(file -> file.bytes() + " " + file.path() + "\n").toList();
        int next = 0;
        for (int i = 0; i < FILE_TAGS; i++) {
            StringBuilder text = new StringBuilder();
            while (next < lines.size()
                    && text.length() + lines.get(next).length() <= MAX_FILES_BYTES / FILE_TAGS) {
                text.append(lines.get(next++));
            }
            fields.put(FIRST_FILE_TAG + i, text.toString());
        }
        if (connections) {
            fields.put(CONNECTIONS_TAG, 1);
        }
    }

    private static String joined(List<String> words) {
        StringBuilder text = new StringBuilder();
        for (String word : words) {
            if (text.length() + word.length() >= MAX_TEXT_BYTES) {
                break;
            }
            text.append(word).append(' ');
        }
        return text.toString();
    }

    static TreeNeeds get(Fields fields, int tag) {
        List<FileNeed> files = new ArrayList<>();
        for (int i = 0; i < FILE_TAGS; i++) {
            fields.lines(FIRST_FILE_TAG + i)
                    .ifPresent(text -> text.lines().map(TreeNeeds::file).forEach(files::add));
        }
        return new TreeNeeds(
                fields.count(tag, "memory"),
                words(fields, tag + 1, PID).stream().map(Long::valueOf).toList(),
                words(fields, tag + 2, PORT),
                fields.text(CPU_TAG),
                files,
                fields.has(CONNECTIONS_TAG)
                        && fields.number(CONNECTIONS_TAG, "connections", 0, 1) == 1);
    }

    private static List<String> words(Fields fields, int tag, Pattern form) {
        List<String> words =
                fields.text(tag).stream()
                        .flatMap(text -> Pattern.compile(" ").splitAsStream(text))
                        .filter(word -> !word.isEmpty())
                        .toList();
        for (String word : words) {
            if (!form.matcher(word).matches()) {
                throw new FrameException("expected " + form + ", but '" + word + "' came");
            }
        }
        return words;
    }

    private static FileNeed file(String line) {
        Matcher file = FILE.matcher(line);
        if (!file.matches() || !FileNeed.canAskFor(file.group(2))) {
            throw new FrameException("expected the length and path of a file, but others came");
        }
        return new FileNeed(file.group(2), Long.parseLong(file.group(1)));
    }
}
