package io.pageproxy.cli;

import io.pageproxy.certificate.TlsConfigException;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import io.pageproxy.text.SafeText;
import java.io.IOException;
import java.io.PrintWriter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.ParseResult;

/**
 * Maps an exception of a command to a message and an exit code, without a stack trace. A command
 * that logs JSON also says this in JSON.
 */
public final class CommandErrors implements IExecutionExceptionHandler {
    private static final Logger LOG = LoggerFactory.getLogger(CommandErrors.class);

    @Override
    public int handleExecutionException(Exception thrown, CommandLine command, ParseResult parsed) {
        String name = command.getCommandSpec().qualifiedName();
        boolean expected =
                thrown instanceof IOException
                        || thrown instanceof TlsConfigException
                        || thrown instanceof SessionException;
        String message =
                expected
                        ? String.valueOf(thrown.getMessage())
                        : "this should not happen, please report it: " + thrown;
        if (logsJson(command)) {
            LOG.error("{}: {}", name, message, expected ? null : thrown);
        } else {
            PrintWriter err = command.getErr();
            err.println(name + ": " + SafeText.lines(message));
            if (!expected) {
                thrown.printStackTrace(err);
            }
        }
        return thrown instanceof SessionException ended
                ? ended.reason().exitCode()
                : CloseReason.LOCAL_FAILURE.exitCode();
    }

    private static boolean logsJson(CommandLine command) {
        Object format = command.getParseResult().matchedOptionValue("--log-format", "text");
        return String.valueOf(format).equals("json");
    }
}
