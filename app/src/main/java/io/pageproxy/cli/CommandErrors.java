package io.pageproxy.cli;

import io.pageproxy.certificate.TlsConfigException;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import io.pageproxy.text.SafeText;
import java.io.IOException;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.ParseResult;

/** Maps an exception of a command to a message and an exit code, without a stack trace. */
public final class CommandErrors implements IExecutionExceptionHandler {

    @Override
    public int handleExecutionException(Exception thrown, CommandLine command, ParseResult parsed) {
        PrintWriter err = command.getErr();
        String name = command.getCommandSpec().qualifiedName();
        if (thrown instanceof IOException
                || thrown instanceof TlsConfigException
                || thrown instanceof SessionException) {
            err.println(name + ": " + SafeText.lines(String.valueOf(thrown.getMessage())));
        } else {
            err.println(
                    name
                            + ": this should not happen, please report it: "
                            + SafeText.line(thrown.toString()));
            thrown.printStackTrace(err);
        }
        return thrown instanceof SessionException ended
                ? ended.reason().exitCode()
                : CloseReason.LOCAL_FAILURE.exitCode();
    }
}
