package io.pageproxy.cli;

import picocli.CommandLine;

/** The root command, which knows all others. */
public interface CommandTree {
    /** Returns a command line that can parse and run these arguments once. */
    CommandLine newCommandLine(String... arguments);
}
