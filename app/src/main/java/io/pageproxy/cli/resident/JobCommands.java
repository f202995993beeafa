package io.pageproxy.cli.resident;

import io.pageproxy.certificate.TlsFiles;
import io.pageproxy.cli.Arguments;
import io.pageproxy.cli.CommandTree;
import io.pageproxy.cli.WorkingDirectory;
import io.pageproxy.cli.task.SourceTask;
import io.pageproxy.cli.task.TaskCommand;
import io.pageproxy.control.JobRefusedException;
import io.pageproxy.control.JobRequest;
import io.pageproxy.session.CloseReason;
import io.pageproxy.text.FailureText;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** Parses the command lines of jobs: what a command would say of wrong ones is the refusal. */
final class JobCommands {
    private static final Set<String> COMMANDS = Set.of("migrate", "source");
    private static final int BAD_REQUEST = 400;
    private static final int CONFLICT = 409;

    private final CommandTree commands;
    private final TlsFiles ours;

    /**
     * @param ours the certificates of all jobs
     */
    JobCommands(CommandTree commands, TlsFiles ours) {
        this.commands = commands;
        this.ours = ours;
    }

    /**
     * A job that can be done.
     *
     * @param line has been parsed
     * @param command the same
     * @param task was made by it
     * @param directory of the commands that it starts
     * @param words the same command line, without references to files of options
     */
    record Parsed(
            CommandLine line,
            TaskCommand command,
            SourceTask task,
            Path directory,
            List<String> words) {}

    /** Parses a job. */
    Parsed parse(JobRequest request) throws JobRefusedException {
        if (!COMMANDS.contains(request.command())) {
            throw new JobRefusedException(
                    BAD_REQUEST, "command '" + request.command() + "' is no job: migrate, source");
        }
        if (!Files.isDirectory(request.directory())) {
            throw new JobRefusedException(
                    BAD_REQUEST, "directory " + request.directory() + ": there is no such folder");
        }
        List<String> words = new ArrayList<>(List.of(request.command()));
        words.addAll(request.arguments());
        WorkingDirectory directory = new WorkingDirectory(request.directory());
        CommandLine root = commands.newCommandLine(words.toArray(String[]::new));
        StringWriter said = new StringWriter();
        root.setErr(new PrintWriter(said, true));
        try {
            return parse(
                    root,
                    directory,
                    Arguments.prepare(root, directory, words.toArray(String[]::new)));
        } catch (ParameterException e) {
            throw wrong(root, e, said);
        } catch (IOException | IllegalArgumentException e) {
            throw new JobRefusedException(
                    BAD_REQUEST,
                    "pageproxy " + request.command() + ": " + FailureText.of(e),
                    OptionalInt.of(CloseReason.LOCAL_FAILURE.exitCode()));
        }
    }

    /**
     * Parses once more what was parsed by another process.
     *
     * @param words of {@link Parsed}
     */
    Parsed parseAgain(List<String> words, Path directory) throws JobRefusedException, IOException {
        CommandLine root = commands.newCommandLine(words.toArray(String[]::new));
        root.setExpandAtFiles(false);
        return parse(root, new WorkingDirectory(directory), words.toArray(String[]::new));
    }

    private Parsed parse(CommandLine root, WorkingDirectory directory, String[] words)
            throws IOException, JobRefusedException {
        CommandLine sub = root.getSubcommands().get(words[0]);
        sub.setDefaultValueProvider(certificates());
        ParseResult all = root.parseArgs(words);
        ParseResult parsed = all.subcommand();
        if (parsed.isUsageHelpRequested() || parsed.isVersionHelpRequested()) {
            throw new JobRefusedException(BAD_REQUEST, "a job takes neither --help nor --version");
        }
        TaskCommand command = sub.getCommand();
        requireOurs(command, directory);
        SourceTask task = command.task(directory);
        return new Parsed(sub, command, task, directory.path(), all.expandedArgs());
    }

    /** A job that names no certificate has that of the resident source. */
    private IDefaultValueProvider certificates() {
        Map<String, Path> files =
                Map.of(
                        TlsFiles.CERT, ours.cert(),
                        TlsFiles.KEY, ours.key(),
                        TlsFiles.CA, ours.ca());
        return argument ->
                argument instanceof OptionSpec option && files.containsKey(option.longestName())
                        ? files.get(option.longestName()).toAbsolutePath().toString()
                        : null;
    }

    private void requireOurs(TaskCommand command, WorkingDirectory directory)
            throws JobRefusedException {
        Optional<String> ofProcess = command.optionOfProcess();
        if (ofProcess.isPresent()) {
            throw new JobRefusedException(
                    CONFLICT,
                    ofProcess.get()
                            + " is for a whole process: a resident source has its own, and a job"
                            + " none");
        }
        TlsFiles theirs = command.tlsFiles();
        requireSame(TlsFiles.CERT, theirs.cert(), Optional.of(ours.cert()), directory);
        requireSame(TlsFiles.KEY, theirs.key(), Optional.of(ours.key()), directory);
        requireSame(TlsFiles.CA, theirs.ca(), Optional.of(ours.ca()), directory);
        if (theirs.crl().isPresent()) {
            requireSame(TlsFiles.CRL, theirs.crl().get(), ours.crl(), directory);
        }
        if (theirs.keyPasswordFile().isPresent()) {
            requireSame(
                    TlsFiles.KEY_PASSWORD_FILE,
                    theirs.keyPasswordFile().get(),
                    ours.keyPasswordFile(),
                    directory);
        }
    }

    private static void requireSame(
            String option, Path theirs, Optional<Path> ours, WorkingDirectory directory)
            throws JobRefusedException {
        if (ours.isEmpty() || !isSame(directory.resolve(theirs), ours.get())) {
            throw new JobRefusedException(
                    CONFLICT,
                    option
                            + " "
                            + theirs
                            + " is not the resident source's "
                            + ours.map(Path::toString).orElse("(none)")
                            + ": leave it out, or run the command without --control");
        }
    }

    private static boolean isSame(Path one, Path other) {
        try {
            return one.toRealPath().equals(other.toRealPath());
        } catch (IOException e) {
            return one.toAbsolutePath().equals(other.toAbsolutePath());
        }
    }

    /** What the command prints of wrong options, and its exit code. */
    private static JobRefusedException wrong(
            CommandLine root, ParameterException error, StringWriter said) {
        try {
            int code =
                    root.getParameterExceptionHandler().handleParseException(error, new String[0]);
            return new JobRefusedException(
                    BAD_REQUEST, said.toString().stripTrailing(), OptionalInt.of(code));
        } catch (Exception e) {
            throw new IllegalStateException("a usage error cannot be explained", e);
        }
    }
}
