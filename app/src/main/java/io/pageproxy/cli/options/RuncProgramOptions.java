package io.pageproxy.cli.options;

import io.pageproxy.cli.WorkingDirectory;
import io.pageproxy.process.ExecutablePath;
import io.pageproxy.runc.RuncProgram;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Which runc is used, and where it keeps its containers. */
public final class RuncProgramOptions {
    private static final String RUNC = "runc";

    @Option(
            names = "--runc-program",
            paramLabel = "PATH",
            description = "the runc program (default: runc, from PATH)")
    private String program;

    @Option(
            names = "--runc-root",
            paramLabel = "DIR",
            description =
                    "folder of runc's state, as in runc --root (default: runc's own, /run/runc for"
                            + " root)")
    private Path root;

    /** Whether any of them is given. */
    public boolean isGiven() {
        return program != null || root != null;
    }

    /**
     * The runc of these options.
     *
     * @param directory from which relative paths count
     * @throws IOException if there is no such program
     */
    public RuncProgram program(WorkingDirectory directory) throws IOException {
        String found = ExecutablePath.ofThisProcess().find(program == null ? RUNC : program);
        return new RuncProgram(
                directory.resolve(Path.of(found)).toAbsolutePath().toString(),
                Optional.ofNullable(root).map(directory::resolve).map(Path::toAbsolutePath));
    }
}
