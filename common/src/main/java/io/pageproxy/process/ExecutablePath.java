package io.pageproxy.process;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Finds a program like {@code execvp}, but can report where it searched. Unlike in execvp, an empty
 * path element is skipped and does not mean the working directory.
 *
 * @param searchPath folders separated by colons
 */
public record ExecutablePath(String searchPath) {
    /** Path that execvp uses if PATH is not set. */
    private static final String DEFAULT = "/bin:/usr/bin";

    /** The {@code PATH} of this process. */
    public static ExecutablePath ofThisProcess() {
        String path = System.getenv("PATH");
        return new ExecutablePath(path == null ? DEFAULT : path);
    }

    /**
     * Returns the file to execute.
     *
     * @param program a name to search for, or a path with a slash, which is returned unchanged
     * @throws ChildLaunchException if no folder of the path has an executable file of that name
     */
    public String find(String program) throws ChildLaunchException {
        if (program.indexOf('/') >= 0) {
            return program;
        }
        Path notExecutable = null;
        for (String folder : searchPath.split(File.pathSeparator, -1)) {
            Path file = Path.of(folder, program);
            if (folder.isEmpty() || !Files.isRegularFile(file)) {
                continue;
            }
            if (Files.isExecutable(file)) {
                return file.toString();
            }
            notExecutable = notExecutable == null ? file : notExecutable;
        }
        throw new ChildLaunchException(
                notExecutable == null
                        ? program + ": not found on PATH (" + searchPath + ")"
                        : program
                                + ": found on PATH as "
                                + notExecutable
                                + ", which is not executable");
    }
}
