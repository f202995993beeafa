package io.pageproxy.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the tutorial has its reader type, and what it promises to appear. In a block that begins
 * with {@code ```console} a line that begins with {@code A#} or {@code B#} is typed on that host,
 * together with the lines that continue it after a backslash; every other line is output. In {@code
 * ```console stays} the command does not end. Nothing else is typed.
 */
final class Tutorial {
    private static final Pattern BLOCK =
            Pattern.compile("^```console( stays)?\n(.*?)^```", Pattern.DOTALL | Pattern.MULTILINE);

    private static final Pattern TYPED = Pattern.compile("([AB])# (.*)");

    /** Spaces that align columns, numbers, and text that is left out. */
    private static final Pattern VARIABLE = Pattern.compile(" +|\\d+|\\.\\.\\.");

    /**
     * A command.
     *
     * @param host A or B
     * @param text as typed; several lines if it is continued
     * @param stays whether it runs on, so that its terminal is occupied
     * @param output the lines that it prints, among others
     */
    record Step(String host, String text, boolean stays, List<Line> output) {}

    /**
     * A line of output.
     *
     * @param text as the tutorial has it
     * @param pattern matches it with any numbers, and any text where it says {@code ...}
     */
    record Line(String text, Pattern pattern) {}

    private Tutorial() {}

    static List<Step> steps(Path document) throws IOException {
        List<Step> steps = new ArrayList<>();
        Matcher blocks = BLOCK.matcher(Files.readString(document));
        while (blocks.find()) {
            addSteps(blocks.group(2).lines().toList(), blocks.group(1) != null, steps);
        }
        return steps;
    }

    private static void addSteps(List<String> block, boolean stays, List<Step> steps) {
        for (int at = 0; at < block.size(); ) {
            Matcher typed = TYPED.matcher(block.get(at++));
            if (!typed.matches()) {
                throw new AssertionError("output without a command: " + block.get(at - 1));
            }
            StringBuilder text = new StringBuilder(typed.group(2));
            while (text.toString().endsWith("\\")) {
                text.append('\n').append(block.get(at++));
            }
            List<Line> output = new ArrayList<>();
            for (; at < block.size() && !TYPED.matcher(block.get(at)).matches(); at++) {
                output.add(new Line(block.get(at), pattern(block.get(at))));
            }
            steps.add(new Step(typed.group(1), text.toString(), stays, output));
        }
    }

    private static Pattern pattern(String line) {
        StringBuilder pattern = new StringBuilder();
        Matcher variable = VARIABLE.matcher(line);
        int end = 0;
        while (variable.find()) {
            pattern.append(Pattern.quote(line.substring(end, variable.start())));
            pattern.append(
                    switch (variable.group().charAt(0)) {
                        case ' ' -> " +";
                        case '.' -> ".*";
                        default -> "\\d+";
                    });
            end = variable.end();
        }
        return Pattern.compile(pattern.append(Pattern.quote(line.substring(end))).toString());
    }
}
