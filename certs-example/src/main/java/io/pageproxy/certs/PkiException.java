package io.pageproxy.certs;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * Signals a failed operation of the example PKI; the message names the file and, if there is one,
 * the remedy.
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
     * Describes a file system failure, because the JDK's own messages often contain only the path.
     *
     * @param file the file that was read or written, used if the cause names none
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
