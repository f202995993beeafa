package io.pageproxy.status;

import java.math.BigDecimal;

/**
 * A page of metrics in Prometheus' text format 0.0.4: HELP and TYPE once a metric, then its
 * samples, a line each.
 *
 * @see <a href="https://prometheus.io/docs/instrumenting/exposition_formats/">the format</a>
 */
final class Exposition {
    static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private final StringBuilder text = new StringBuilder(8 << 10);
    private String family = "";

    /** Begins a metric, unless its samples are just being written. */
    void family(String name, String type, String help) {
        if (!name.equals(family)) {
            family = name;
            text.append("# HELP ").append(name).append(' ').append(help).append('\n');
            text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
        }
    }

    /** A metric of one sample, without labels. */
    void single(String name, String type, String help, long value) {
        family(name, type, help);
        write(name, Long.toString(value));
    }

    /**
     * One sample.
     *
     * @param labels names and values by turns
     */
    void sample(String name, long value, String... labels) {
        write(name, Long.toString(value), labels);
    }

    /** One sample that need not be whole, without labels. */
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

    /** Without an exponent, for people to read. */
    static String number(double value) {
        String digits = new BigDecimal(Double.toString(value)).toPlainString();
        return digits.endsWith(".0") ? digits.substring(0, digits.length() - 2) : digits;
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
