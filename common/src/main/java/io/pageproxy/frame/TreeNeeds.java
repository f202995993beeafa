package io.pageproxy.frame;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
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
 * @param copies folders that are copied to that host
 */
public record TreeNeeds(
        long memoryBytes,
        List<Long> pids,
        List<String> ports,
        Optional<String> cpu,
        List<FileNeed> files,
        boolean connections,
        List<CopyNeed> copies) {
    private static final Pattern PORT =
            Pattern.compile("(?:tcp|udp)6?:[0-9a-f.:]{2,45}:[0-9]{1,5}");
    private static final Pattern PID = Pattern.compile("[1-9][0-9]{0,9}");
    private static final Pattern FILE = Pattern.compile("([0-9]{1,18}) (/.*)");
    private static final Pattern COPY = Pattern.compile("([0-9]{1,18})(?: (/.*))?");
    private static final int MAX_TEXT_BYTES = 3000;
    private static final int MAX_FILES_BYTES = 4000;
    private static final int MAX_COPIES_BYTES = 2000;
    private static final int FILE_TAGS = 2;
    private static final int CPU_TAG = 25;
    private static final int FIRST_FILE_TAG = 26;
    private static final int CONNECTIONS_TAG = 28;
    private static final int COPIES_TAG = 29;

    /** Copies the lists. */
    public TreeNeeds {
        pids = List.copyOf(pids);
        ports = List.copyOf(ports);
        files = List.copyOf(files);
        copies = List.copyOf(copies);
    }

    /** Those of a tree without TCP connections, whose files are not copied. */
    public TreeNeeds(
            long memoryBytes,
            List<Long> pids,
            List<String> ports,
            Optional<String> cpu,
            List<FileNeed> files) {
        this(memoryBytes, pids, ports, cpu, files, false, List.of());
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

    /**
     * A folder that is copied.
     *
     * @param path as in {@link Frame.Sync#path}
     * @param bytes that it takes on the disk; 0: not known
     */
    public record CopyNeed(Optional<String> path, long bytes) {
        private String line() {
            return bytes + path.map(name -> " " + name).orElse("") + "\n";
        }

        private static CopyNeed of(String line) {
            Matcher copy = COPY.matcher(line);
            if (!copy.matches()) {
                throw new FrameException("expected the length and path of a folder");
            }
            return new CopyNeed(Optional.ofNullable(copy.group(2)), Long.parseLong(copy.group(1)));
        }
    }

    void put(Fields fields, int tag) {
        fields.put(tag, memoryBytes);
        fields.put(tag + 1, joined(pids.stream().map(String::valueOf).toList()));
        fields.put(tag + 2, joined(ports));
        cpu.filter(image -> image.length() <= MAX_TEXT_BYTES)
                .ifPresent(image -> fields.put(CPU_TAG, image));
        Deque<String> lines = new ArrayDeque<>();
        files.forEach(file -> lines.add(file.bytes() + " " + file.path() + "\n"));
        for (int i = 0; i < FILE_TAGS; i++) {
            fields.put(FIRST_FILE_TAG + i, fitting(lines, MAX_FILES_BYTES / FILE_TAGS));
        }
        if (connections) {
            fields.put(CONNECTIONS_TAG, 1);
        }
        if (!copies.isEmpty()) {
            Deque<String> folders = new ArrayDeque<>();
            copies.forEach(copy -> folders.add(copy.line()));
            fields.put(COPIES_TAG, fitting(folders, MAX_COPIES_BYTES));
        }
    }

    /** Takes as many of the lines as fit into so many bytes. */
    private static String fitting(Deque<String> lines, int maxBytes) {
        StringBuilder text = new StringBuilder();
        int left = maxBytes;
        while (!lines.isEmpty()) {
            left -= lines.peek().getBytes(StandardCharsets.UTF_8).length;
            if (left < 0) {
                break;
            }
            text.append(lines.remove());
        }
        return text.toString();
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
                        && fields.number(CONNECTIONS_TAG, "connections", 0, 1) == 1,
                fields.lines(COPIES_TAG).stream()
                        .flatMap(String::lines)
                        .map(CopyNeed::of)
                        .toList());
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
