package io.pageproxy.certs;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * A file that is replaced atomically by one writer at a time, in the same way as git does:
 * FILE.lock is created (failing if it exists), written, and renamed over FILE. Readers see either
 * the old or the new content.
 */
final class LockedFile implements AutoCloseable {
    private final Path file;
    private final Path lock;
    private boolean replaced;

    /** Takes the lock; the exception explains who may hold it. */
    LockedFile(Path file) throws PkiException {
        this.file = file;
        this.lock = file.resolveSibling(file.getFileName() + ".lock");
        try {
            NewFiles.create(lock, NewFiles.PUBLIC);
        } catch (FileAlreadyExistsException e) {
            throw new PkiException(
                    lock
                            + ": exists, so another command is changing "
                            + file.getFileName()
                            + "; try again, or remove it if that command was killed",
                    e);
        } catch (IOException e) {
            throw PkiException.ofFile(lock, e);
        }
    }

    /** Replaces the content, which also releases the lock; call it at most once. */
    void replace(String content) throws PkiException {
        try {
            NewFiles.fill(lock, content, NewFiles.PUBLIC);
            Files.move(lock, file, StandardCopyOption.ATOMIC_MOVE);
            replaced = true;
        } catch (IOException e) {
            throw PkiException.ofFile(file, e);
        }
    }

    /**
     * Releases the lock unless the content was replaced; in that case another writer may hold the
     * lock by now.
     */
    @Override
    public void close() throws PkiException {
        if (replaced) {
            return;
        }
        try {
            Files.deleteIfExists(lock);
        } catch (IOException e) {
            throw PkiException.ofFile(lock, e);
        }
    }
}
