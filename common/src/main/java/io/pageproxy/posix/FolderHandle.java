package io.pageproxy.posix;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * An open folder. What is done in it happens there and nowhere else, even if somebody who may write
 * to a folder above renames it or puts a link in its place. Any thread.
 *
 * <pre>
 *  struct open_how  0 flags, 8 mode, 16 how to resolve
 * </pre>
 */
public final class FolderHandle implements AutoCloseable {
    private static final int HOW_BYTES = 24;
    private static final int HOW_RESOLVE = 16;

    private static final int FOLDER = 0x10000; // O_DIRECTORY on x86-64
    private static final int FOLDER_ARM = 0x4000;

    private final LibC libc;
    private final int descriptor;
    private final String name;

    private FolderHandle(LibC libc, int descriptor, String name) {
        this.libc = libc;
        this.descriptor = descriptor;
        this.name = name;
    }

    /**
     * Opens a folder by a path that the operator has chosen; links in it are followed.
     *
     * @throws IOException if it cannot be opened; the message names it
     */
    public static FolderHandle open(Path folder) throws IOException {
        LibC libc = Posix.libc();
        int flags = LibC.O_RDONLY | folderFlag() | LibC.O_CLOEXEC;
        int descriptor = libc.open(folder.toString(), flags);
        if (descriptor < 0) {
            throw failure(libc, folder.toString());
        }
        return new FolderHandle(libc, descriptor, folder.toString());
    }

    /**
     * Opens a folder below this one without following links on the way.
     *
     * @param path relative; "." for this folder itself
     * @throws IOException if it cannot be opened, leads elsewhere or over a link; the message names
     *     it
     */
    public FolderHandle below(String path) throws IOException {
        return new FolderHandle(libc, resolve(path, folderFlag()), name + "/" + path);
    }

    /**
     * Opens a file below this folder for reading, without following links on the way and without
     * waiting if it is a FIFO.
     *
     * @return a descriptor, close-on-exec; the caller closes it
     * @throws IOException if it cannot be opened; the message names it
     */
    public int openFile(String path) throws IOException {
        return resolve(path, LibC.O_NONBLOCK);
    }

    private int resolve(String path, int flags) throws IOException {
        int resolve = LibC.RESOLVE_BENEATH | LibC.RESOLVE_NO_SYMLINKS | LibC.RESOLVE_NO_MAGICLINKS;
        byte[] bytes = path.getBytes(Charset.forName(Posix.NATIVE_ENCODING));
        try (Memory how = new Memory(HOW_BYTES);
                Memory text = new Memory(bytes.length + 1L)) {
            how.clear();
            how.setLong(0, LibC.O_RDONLY | flags | LibC.O_CLOEXEC);
            how.setLong(HOW_RESOLVE, resolve);
            text.clear();
            text.write(0, bytes, 0, bytes.length);
            long opened =
                    libc.syscall(LibC.SYS_OPENAT2, (long) descriptor, text, how, (long) HOW_BYTES);
            if (opened < 0) {
                throw failure(libc, name + "/" + path);
            }
            return (int) opened;
        }
    }

    /**
     * Gives an open file one more name, in this folder, whatever has become of its first one.
     *
     * @throws IOException if there is such a name, or the file is on another file system
     */
    public void link(int file, String newName) throws IOException {
        String open = "/proc/self/fd/" + file;
        if (libc.linkat(LibC.AT_FDCWD, open, descriptor, newName, LibC.AT_SYMLINK_FOLLOW) < 0) {
            throw failure(libc, name + "/" + newName);
        }
    }

    /**
     * A path by which every process of root reaches this folder, as long as this process has it
     * open.
     */
    public Path path() {
        return Path.of("/proc/" + ProcessHandle.current().pid() + "/fd/" + descriptor);
    }

    /** A path of an open file, as long as this process has it open. */
    public static Path pathOf(int file) {
        return Path.of("/proc/self/fd/" + file);
    }

    /**
     * A duplicate of its descriptor, for a child to inherit; the caller closes it.
     *
     * @throws IOException if it cannot be duplicated
     */
    public int duplicate() throws IOException {
        return Posix.duplicate(descriptor);
    }

    /**
     * Makes everything durable that was written to its file system; blocks.
     *
     * @throws IOException if that fails; the message names it
     */
    public void syncFileSystem() throws IOException {
        if (libc.syncfs(descriptor) < 0) {
            throw failure(libc, name);
        }
    }

    /** The user that owns it. */
    public int owner() throws IOException {
        return (int) Files.getAttribute(path(), "unix:uid");
    }

    private static int folderFlag() {
        return System.getProperty("os.arch").equals("aarch64") ? FOLDER_ARM : FOLDER;
    }

    private static IOException failure(LibC libc, String path) {
        return new IOException(path + ": " + libc.strerror(Native.getLastError()));
    }

    @Override
    public void close() {
        libc.close(descriptor);
    }
}
