package io.pageproxy.posix;

import com.sun.jna.Native;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What is mounted in the mount namespace of this process, as proc(5) lists it. Blocking. */
public final class Mounts {
    private static final Path TABLE = Path.of("/proc/self/mountinfo");

    /** Index of the mount point in a line of the table. */
    private static final int MOUNT_POINT = 4;

    /** How the table writes blanks, among others. */
    private static final Pattern OCTAL = Pattern.compile("\\\\([0-7]{3})");

    private Mounts() {}

    /** The mount points at a folder or below it, the newest first. */
    public static List<Path> below(Path folder) throws IOException {
        Path real = Files.exists(folder) ? folder.toRealPath() : folder;
        List<Path> found = new ArrayList<>();
        for (String line : Files.readAllLines(TABLE, StandardCharsets.ISO_8859_1)) {
            Path point = Path.of(unescape(line.split(" ", -1)[MOUNT_POINT]));
            if (point.startsWith(real)) {
                found.add(point);
            }
        }
        Collections.reverse(found);
        return found;
    }

    /** A path as the table has it: with its blanks and backslashes as octal numbers. */
    public static String escape(Path path) {
        return path.toString()
                .replace("\\", "\\134")
                .replace(" ", "\\040")
                .replace("\t", "\\011")
                .replace("\n", "\\012");
    }

    /** The table has the bytes of a path, which are those of UTF-8, and escapes some. */
    static String unescape(String field) {
        Matcher octal = OCTAL.matcher(field);
        String bytes =
                octal.replaceAll(
                        code ->
                                Matcher.quoteReplacement(
                                        "" + (char) Integer.parseInt(code.group(1), 8)));
        return new String(bytes.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    }

    /**
     * Unmounts what is mounted at a folder or below it, even if it is in use.
     *
     * @throws IOException if something stays mounted; the message names it
     */
    public static void unmountBelow(Path folder) throws IOException {
        for (Path point : below(folder)) {
            LibC libc = Posix.libc();
            if (libc.umount2(point.toString(), LibC.MNT_DETACH) < 0) {
                throw new IOException(
                        "cannot unmount " + point + ": " + libc.strerror(Native.getLastError()));
            }
        }
    }
}
