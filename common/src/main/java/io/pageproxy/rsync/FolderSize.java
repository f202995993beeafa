package io.pageproxy.rsync;

import io.pageproxy.process.ProgramAnswer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a folder takes on its disk. */
public final class FolderSize {
    private static final Pattern KIBIBYTES = Pattern.compile("^(\\d{1,15})\\s");

    private FolderSize() {}

    /**
     * Counts it like {@code du}: holes take nothing, a file with several names counts once, and
     * other file systems do not count; blocks.
     *
     * @param timeout how long that may take
     * @return empty if it is not known: there is no such folder, or it took too long
     */
    public static OptionalLong bytes(Path folder, Duration timeout) {
        ProgramAnswer answer;
        try {
            answer = ProgramAnswer.of(List.of("du", "-skx", "--", folder + "/."), timeout);
        } catch (IOException e) {
            return OptionalLong.empty();
        }
        Matcher count = KIBIBYTES.matcher(answer.out());
        return count.find()
                ? OptionalLong.of(Long.parseLong(count.group(1)) << 10)
                : OptionalLong.empty();
    }
}
