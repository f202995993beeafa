package io.pageproxy.dest.credentials;

import io.pageproxy.dest.pagemap.PagemapException;
import io.pageproxy.posix.Posix;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The only user that restored tasks may run as.
 *
 * @param name as the operator gave it
 * @param user the number
 * @param groups its groups on this host
 */
public record RestoreUser(String name, long user, Set<Long> groups) {
    /** A user namespace has users of its own, which are others outside. */
    private static final String USER_NAMESPACES = "userns-*.img";

    private static final String TASKS = "core-*.img";

    /**
     * Looks up a user of this host.
     *
     * @throws IOException if JNA's native library cannot be loaded
     */
    public static RestoreUser of(String name, int user) throws IOException {
        Set<Long> groups = new TreeSet<>();
        Posix.groups(user).forEach(group -> groups.add(Integer.toUnsignedLong(group)));
        return new RestoreUser(name, Integer.toUnsignedLong(user), groups);
    }

    /**
     * Rejects images of which a task would run as another user, with other groups or with
     * capabilities; blocks.
     *
     * @param images a folder in which nobody changes anything any more
     * @throws IOException that says which and what is allowed
     */
    public void requireAll(Path images) throws IOException {
        if (any(images, USER_NAMESPACES)) {
            throw refusal("the tree has a user namespace of its own");
        }
        boolean found = false;
        try (DirectoryStream<Path> tasks = Files.newDirectoryStream(images, TASKS)) {
            for (Path task : tasks) {
                found = true;
                require(task);
            }
        } catch (PagemapException e) {
            throw refusal("the images cannot be read (" + e.getMessage() + ")");
        }
        if (!found) {
            throw refusal("there is no image of a task");
        }
    }

    private static boolean any(Path images, String glob) throws IOException {
        try (DirectoryStream<Path> found = Files.newDirectoryStream(images, glob)) {
            return found.iterator().hasNext();
        }
    }

    private void require(Path image) throws IOException {
        Optional<TaskCredentials> known = TaskCredentials.read(image);
        if (known.isEmpty()) {
            return;
        }
        TaskCredentials task = known.get();
        if (!task.users().equals(Set.of(user))) {
            throw refusal("a task runs as user " + text(task.users()));
        }
        if (!groups.containsAll(task.groups())) {
            Set<Long> others = new TreeSet<>(task.groups());
            others.removeAll(groups);
            throw refusal("a task has the group " + text(others));
        }
        if (task.capable()) {
            throw refusal("a task has capabilities");
        }
    }

    private static String text(Set<Long> numbers) {
        return String.join(", ", new TreeSet<>(numbers).stream().map(String::valueOf).toList());
    }

    private IOException refusal(String why) {
        return new IOException(
                why
                        + "; here restored trees must run as user "
                        + name
                        + ", with its groups and no capabilities");
    }
}
