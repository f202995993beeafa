package io.pageproxy.rsync;

import io.pageproxy.process.ExecutablePath;
import io.pageproxy.process.ProgramAnswer;
import io.pageproxy.text.SafeText;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The rsync of this host. */
public final class RsyncProgram {
    /** The program, which is searched for on PATH. */
    public static final String NAME = "rsync";

    private static final Pattern VERSION =
            Pattern.compile("rsync +version v?((\\d+)\\.(\\d+)\\S*)");
    private static final int MIN_MAJOR = 3;
    private static final int MIN_MINOR = 2;
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final int MAX_SHOWN_CHARS = 100;

    private RsyncProgram() {}

    /**
     * Its version, such as 3.2.7; blocks.
     *
     * @throws IOException that says why it cannot copy files: it is missing, too old, or does not
     *     answer
     */
    public static String version() throws IOException {
        return version(ExecutablePath.ofThisProcess().find(NAME));
    }

    static String version(String program) throws IOException {
        ProgramAnswer answer = ProgramAnswer.of(List.of(program, "--version"), TIMEOUT);
        Matcher version = VERSION.matcher(answer.out());
        if (!version.find()) {
            throw new IOException(
                    program
                            + " --version says '"
                            + SafeText.abridged(answer.out() + answer.err(), MAX_SHOWN_CHARS)
                            + "' and no version: install rsync 3.2 or later");
        }
        int major = Integer.parseInt(version.group(2));
        int minor = Integer.parseInt(version.group(3));
        if (major < MIN_MAJOR || (major == MIN_MAJOR && minor < MIN_MINOR)) {
            throw new IOException(
                    program + " is version " + version.group(1) + ": install 3.2 or later");
        }
        return version.group(1);
    }
}
