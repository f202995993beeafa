package io.pageproxy.certs;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * A file that is read, changed and replaced whole by one writer at a time, as git does it:
 * FILE.lock is created (failing where it exists), filled, and renamed over FILE. Readers see the
 * old or the new one.
 */
final class LockedFile implements AutoCloseable {
    private final Path file;
    private final Path lock;
    private boolean replaced;

    /** Takes the lock, or says who may hold it. */
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

    /** Puts the new content in place of the old, which gives the lock up; call it once at most. */
    void replace(String content) throws PkiException {
        try {
            NewFiles.fill(lock, content, NewFiles.PUBLIC);
            Files.move(lock, file, StandardCopyOption.ATOMIC_MOVE);
            replaced = true;
        } catch (IOException e) {
            throw PkiException.ofFile(file, e);
        }
    }

    /** Gives the lock up where nothing was replaced; the lock may be another's by now otherwise. */
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
