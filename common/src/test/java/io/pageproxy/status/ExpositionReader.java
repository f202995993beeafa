package io.pageproxy.status;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Parses a metrics page as strictly as the format description permits: HELP, TYPE and samples of a
 * metric in this order, each metric once, each sample once, no blank lines.
 */
final class ExpositionReader {
    private static final Pattern HELP = Pattern.compile("# HELP ([a-z_]+) (\\S.*)");
    private static final Pattern TYPE =
            Pattern.compile("# TYPE ([a-z_]+) (counter|gauge|histogram|summary)");
    private static final Pattern SAMPLE =
            Pattern.compile(
                    "([a-z_]+)(\\{[a-z_]+=\"(?:[^\"\\\\\\n]|\\\\[\\\\\"n])*\""
                            + "(?:,[a-z_]+=\"(?:[^\"\\\\\\n]|\\\\[\\\\\"n])*\")*\\})?"
                            + " (-?\\d+(?:\\.\\d+)?(?:E-?\\d+)?)");

    private final Set<String> families = new HashSet<>();
    private final Map<String, Double> samples = new LinkedHashMap<>();
    private String helpName = "";
    private String family = "";
    private String type = "";

    private ExpositionReader() {}

    /** Returns the samples by name and labels as written. */
    static Map<String, Double> read(String page) {
        assertThat(page).endsWith("\n");
        ExpositionReader reader = new ExpositionReader();
        page.lines().forEach(reader::line);
        return reader.samples;
    }

    private void line(String line) {
        Matcher help = HELP.matcher(line);
        Matcher typed = TYPE.matcher(line);
        if (help.matches()) {
            helpName = help.group(1);
            assertThat(families.add(helpName)).as("first HELP of " + helpName).isTrue();
        } else if (typed.matches()) {
            family = typed.group(1);
            type = typed.group(2);
            assertThat(family).as("TYPE behind its HELP").isEqualTo(helpName);
            assertThat(family.endsWith("_total")).as(line).isEqualTo(type.equals("counter"));
        } else {
            sample(line);
        }
    }

    private void sample(String line) {
        Matcher sample = SAMPLE.matcher(line);
        assertThat(sample.matches()).as("a sample: " + line).isTrue();
        String name = sample.group(1);
        assertThat(
                        type.equals("histogram") || type.equals("summary")
                                ? name.replaceFirst("_(bucket|sum|count)$", "")
                                : name)
                .as("metric of " + line)
                .isEqualTo(family);
        String key = name + (sample.group(2) == null ? "" : sample.group(2));
        assertThat(samples.put(key, Double.valueOf(sample.group(3)))).as("twice: " + key).isNull();
    }
}
