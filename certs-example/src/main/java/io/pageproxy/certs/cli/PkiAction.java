package io.pageproxy.certs.cli;

import io.pageproxy.certs.PkiException;
import java.io.PrintWriter;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;

/** What a command does once its options are good. */
@FunctionalInterface
interface PkiAction {
    /** Does it, and tells the reader of standard output what was done. */
    void run(PrintWriter out) throws PkiException;

    /** Runs the action; a failure becomes one line on standard error and exit code 1. */
    static int execute(CommandSpec command, PkiAction action) {
        PrintWriter out = command.commandLine().getOut();
        try {
            action.run(out);
            out.flush();
            return ExitCode.OK;
        } catch (PkiException e) {
            PrintWriter err = command.commandLine().getErr();
            err.println("pageproxy certs " + command.name() + ": " + e.getMessage());
            err.flush();
            return ExitCode.SOFTWARE;
        }
    }
}
