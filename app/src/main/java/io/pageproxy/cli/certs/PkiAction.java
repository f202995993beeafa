package io.pageproxy.cli.certs;

import io.pageproxy.certs.PkiException;
import io.pageproxy.text.SafeText;
import java.io.PrintWriter;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;

/** The work of a command after its options have been parsed. */
@FunctionalInterface
interface PkiAction {
    /** Runs the action and prints the result. */
    void run(PrintWriter out) throws PkiException;

    /**
     * Runs an action; a failure is printed as one line on standard error and yields exit code 1.
     */
    static int execute(CommandSpec command, PkiAction action) {
        PrintWriter out = command.commandLine().getOut();
        try {
            action.run(out);
            out.flush();
            return ExitCode.OK;
        } catch (PkiException e) {
            PrintWriter err = command.commandLine().getErr();
            err.println(
                    "pageproxy certs "
                            + command.name()
                            + ": "
                            + SafeText.lines(String.valueOf(e.getMessage())));
            err.flush();
            return ExitCode.SOFTWARE;
        }
    }
}
