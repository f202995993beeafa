package io.pageproxy.cli.certs;

import io.pageproxy.certs.PkiException;
import io.pageproxy.text.SafeText;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** A command whose failure is printed as one line on standard error and yields exit code 1. */
abstract class PkiCommand implements Callable<Integer> {
    @Spec CommandSpec spec;

    /** Does the work and prints the result. */
    abstract void run(PrintWriter out) throws PkiException;

    @Override
    public final Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        try {
            run(out);
            out.flush();
            return ExitCode.OK;
        } catch (PkiException e) {
            PrintWriter err = spec.commandLine().getErr();
            err.println(
                    "pageproxy certs "
                            + spec.name()
                            + ": "
                            + SafeText.lines(String.valueOf(e.getMessage())));
            err.flush();
            return ExitCode.SOFTWARE;
        }
    }
}
