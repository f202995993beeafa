package io.pageproxy.control;

/** Takes what a job says. Any thread; never blocks on a reader. */
public interface JobOutput {
    /** A piece of standard output. */
    void stdout(String text);

    /** A piece of standard error. */
    void stderr(String text);

    /** A line of the log, with its line feed. */
    void log(String text);

    /** Whether somebody reads the events now. */
    boolean hasReaders();

    /**
     * Replaces the progress.
     *
     * @param text one line; empty: there is nothing to show
     * @param figures writes further fields
     */
    void progress(String text, JsonText.Content figures);

    /** Keeps the report of what was done, a JSON object. */
    void report(String json);
}
