package io.pageproxy.text;

import java.util.regex.Pattern;

/** Words of commands that are printed, so that they can be pasted into a shell. */
public final class ShellWord {
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_@%+=:,./-]+");

    private ShellWord() {}

    /** Returns a word as a shell reads it: in single quotes, unless it needs none. */
    public static String of(String word) {
        return PLAIN.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'";
    }
}
