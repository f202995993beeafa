package io.pageproxy.status;

import java.math.BigDecimal;

/**
 * A metrics page in the Prometheus text format 0.0.4: HELP and TYPE once per metric, followed by
 * its samples, one per line.
 *
 * @see <a href="https://prometheus.io/docs/instrumenting/exposition_formats/">the format</a>
 */
final class Exposition {
    static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private final StringBuilder text = new StringBuilder(8 << 10);
    private String family = "";

    /** Starts a metric, unless it is the current one. */
    void family(String name, String type, String help) {
        if (!name.equals(family)) {
            family = name;
            text.append("# HELP ").append(name).append(' ').append(help).append('\n');
            text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
        }
    }

    /** Writes a metric with one sample without labels. */
    void single(String name, String type, String help, long value) {
        family(name, type, help);
        write(name, Long.toString(value));
    }

    /**
     * Writes one sample.
     *
     * @param labels alternating label names and values
     */
    void sample(String name, long value, String... labels) {
        write(name, Long.toString(value), labels);
    }

    /** Writes one sample with a floating-point value, without labels. */
    void sample(String name, double value) {
        write(name, number(value));
    }

    private void write(String name, String value, String... labels) {
        text.append(name);
        for (int i = 0; i < labels.length; i += 2) {
            text.append(i == 0 ? '{' : ',').append(labels[i]).append("=\"");
            escape(labels[i + 1]);
            text.append('"');
        }
        text.append(labels.length > 0 ? "} " : " ").append(value).append('\n');
    }

    private void escape(String value) {
        text.append(value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n"));
    }

    /** Formats a number without exponent, for readability. */
    static String number(double value) {
        String digits = new BigDecimal(Double.toString(value)).toPlainString();
        return digits.endsWith(".0") ? digits.substring(0, digits.length() - 2) : digits;
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
