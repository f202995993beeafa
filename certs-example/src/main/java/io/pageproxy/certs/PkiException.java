package io.pageproxy.certs;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * What the example PKI could not do; its message names the file and, where there is one, the mend.
 */
public final class PkiException extends Exception {
    private static final long serialVersionUID = 1L;

    PkiException(String message) {
        super(message);
    }

    PkiException(String message, Throwable cause) {
        super(message, cause);
    }

    /**
     * A failure of the file system in words: the JDK's own messages are often only the path.
     *
     * @param file the file that was to be read or written, where the cause names none
     */
    static PkiException ofFile(Path file, IOException cause) {
        String path = file.toString();
        if (cause instanceof FileSystemException fileSystem && fileSystem.getFile() != null) {
            path = fileSystem.getFile();
        }
        return new PkiException(path + ": " + reason(cause), cause);
    }

    private static String reason(IOException cause) {
        if (cause instanceof NoSuchFileException) {
            return "no such file or folder";
        }
        if (cause instanceof AccessDeniedException) {
            return "permission denied";
        }
        if (cause instanceof FileAlreadyExistsException) {
            return "already exists";
        }
        if (cause instanceof FileSystemException fileSystem && fileSystem.getReason() != null) {
            return fileSystem.getReason();
        }
        return cause.getMessage();
    }
}
