package io.pageproxy.monitor;

import io.pageproxy.posix.Capabilities;
import io.pageproxy.posix.DescriptorChannel;
import io.pageproxy.posix.LibC;
import io.pageproxy.posix.Posix;
import io.pageproxy.process.ChildEnvironment;
import io.pageproxy.process.ChildLauncher;
import io.pageproxy.process.ChildProcess;
import io.pageproxy.process.ChildSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The user of {@code --user}, as whom programs are started by setpriv(1).
 *
 * @param id its number
 * @param name as the operator gave it
 */
public record OrdinaryUser(int id, String name) {
    /**
     * Tests one path after the other and tells the index of the first that fails; arguments are
     * pairs of a letter of test(1) and a path.
     */
    private static final String CHECK =
            """
            i=0
            while [ $# -gt 1 ]; do
                test "-$1" "$2" || { echo "$i" >&3; exit 0; }
                i=$((i + 1))
                shift 2
            done
            echo ok >&3
            """;

    private static final int MAX_ANSWER_BYTES = 16;

    /** What the user must be able to do with a file or folder. */
    public enum Use {
        /** Reads the file. */
        READ('r'),
        /** Makes and removes files in the folder. */
        WRITE('w'),
        /** Passes through the folder, or runs the file. */
        ENTER('x');

        private final char letter;

        Use(char letter) {
            this.letter = letter;
        }

        /** Such as {@code read}. */
        public String verb() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * What the user needs.
     *
     * @param option whose value leads there
     */
    public record Need(String option, Use use, Path path) {
        /** Makes the path absolute. */
        public Need {
            path = path.toAbsolutePath().normalize();
        }
    }

    /**
     * A command that runs another as this user, with no more than these capabilities for good.
     *
     * @throws IOException if JNA's native library cannot be loaded
     */
    public List<String> prefix(Capabilities kept) throws IOException {
        String set = "-all";
        if (!kept.isEmpty()) {
            set += ",+" + kept.toString().replace(",", ",+");
        }
        List<String> words = new ArrayList<>(List.of("setpriv", "--reuid", "" + number()));
        OptionalInt group = Posix.primaryGroup(id);
        words.addAll(List.of("--regid", "" + (group.isPresent() ? group.getAsInt() : number())));
        words.add(group.isPresent() ? "--init-groups" : "--clear-groups");
        words.addAll(List.of("--inh-caps=" + set, "--ambient-caps=" + set));
        words.addAll(List.of("--bounding-set=" + set, "--no-new-privs"));
        return words;
    }

    private long number() {
        return Integer.toUnsignedLong(id);
    }

    /**
     * Returns the first need that is not met; blocks.
     *
     * @throws IOException if that cannot be found out
     */
    public Optional<Need> firstUnmet(ChildLauncher launcher, List<Need> needs) throws IOException {
        List<Need> all = new ArrayList<>();
        needs.forEach(need -> addWithFoldersAbove(need, all));
        List<String> words = new ArrayList<>(prefix(new Capabilities(0)));
        words.addAll(List.of("sh", "-c", CHECK, "sh"));
        all.forEach(need -> words.addAll(List.of("" + need.use.letter, need.path.toString())));
        ChildSpec spec = new ChildSpec(words, ChildEnvironment.minimal(), Optional.empty());
        String answer = answer(launcher.launch(spec.inOwnSession()));
        if (answer.equals("ok")) {
            return Optional.empty();
        }
        if (!answer.matches("[0-9]{1,9}")) {
            throw new IOException(
                    "no program can be run as user " + number() + " by " + String.join(" ", words));
        }
        return Optional.of(all.get(Integer.parseInt(answer)));
    }

    private static void addWithFoldersAbove(Need need, List<Need> all) {
        for (int i = 1; i < need.path.getNameCount(); i++) {
            Need above =
                    new Need(
                            need.option,
                            Use.ENTER,
                            need.path.getRoot().resolve(need.path.subpath(0, i)));
            if (all.stream().noneMatch(known -> known.path.equals(above.path))) {
                all.add(above);
            }
        }
        all.add(need);
    }

    private static String answer(ChildProcess child) throws IOException {
        LibC libc = Posix.libc();
        int socket = child.takeSocket();
        libc.fcntl(socket, LibC.F_SETFL, libc.fcntl(socket, LibC.F_GETFL) & ~LibC.O_NONBLOCK);
        try (DescriptorChannel channel = new DescriptorChannel(libc, socket)) {
            ByteBuffer bytes = ByteBuffer.allocateDirect(MAX_ANSWER_BYTES);
            while (bytes.hasRemaining() && channel.read(bytes) > 0) {}
            return StandardCharsets.US_ASCII.decode(bytes.flip()).toString().strip();
        }
    }
}
