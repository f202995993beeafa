package io.pageproxy.dest.credentials;

import io.pageproxy.dest.pagemap.PagemapException;
import io.pageproxy.dest.pagemap.ProtobufFields;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * The credentials of one task or thread. Source: {@code images/core.proto}, {@code
 * images/creds.proto} and {@code criu/include/magic.h} of CRIU.
 *
 * <pre>
 *  core-TID.img  u32 0x54564319 | u32 0x55053847 | u32 length | core_entry    little-endian
 *  core_entry    { 3: task_core_entry { 1: state ... }   not of a further thread
 *                  5: thread_core_entry { 10: creds_entry ... } ... }
 *  creds_entry   { 1, 3, 5, 7: uid, euid, suid, fsuid   2, 4, 6, 8: the same of the group
 *                  9, 10, 11: inheritable, permitted, effective   14: groups ... }
 * </pre>
 *
 * @param users all its user IDs
 * @param groups all its group IDs
 * @param capable whether it has a capability, or could get one by what it inherits
 */
record TaskCredentials(Set<Long> users, Set<Long> groups, boolean capable) {
    private static final int COMMON_MAGIC = 0x54564319;
    private static final int CORE_MAGIC = 0x55053847;
    private static final int HEADER_BYTES = 3 * Integer.BYTES;

    /** Real ones have some kilobytes. */
    private static final int MAX_BYTES = 1 << 20;

    private static final int CORE_TASK = 3;
    private static final int CORE_THREAD = 5;
    private static final int TASK_STATE = 1;
    private static final Set<Long> ENDED = Set.of(2L, 6L); // TASK_DEAD, TASK_ZOMBIE
    private static final int THREAD_CREDENTIALS = 10;
    private static final int LAST_ID = 8;
    private static final int FIRST_CAPABILITIES = 9;
    private static final int LAST_CAPABILITIES = 11;
    private static final int GROUPS = 14;

    /** All of uid, euid, suid and fsuid, and of the groups. */
    private static final int ALL_IDS = 0b1_1111_1110;

    /**
     * Reads the image of a task or thread.
     *
     * @return empty for a task that has ended and is only kept for its parent
     * @throws PagemapException if it is no complete image
     * @throws IOException if it cannot be read or is a link
     */
    static Optional<TaskCredentials> read(Path image) throws IOException {
        byte[] bytes;
        try (InputStream in = Files.newInputStream(image, LinkOption.NOFOLLOW_LINKS)) {
            bytes = in.readNBytes(MAX_BYTES + 1);
        }
        try {
            return parse(bytes);
        } catch (PagemapException e) {
            throw new PagemapException(image.getFileName() + ": " + e.getMessage());
        }
    }

    /** Parses the content of an image. */
    static Optional<TaskCredentials> parse(byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        if (bytes.length < HEADER_BYTES
                || in.getInt() != COMMON_MAGIC
                || in.getInt() != CORE_MAGIC) {
            throw new PagemapException("it is no image of a task");
        }
        int length = in.getInt();
        if (bytes.length > MAX_BYTES || length != in.remaining()) {
            throw new PagemapException("it has not the length that it says");
        }
        byte[] core = new byte[length];
        in.get(core);
        return ofCore(new ProtobufFields(core, length));
    }

    /** A field that comes twice is merged by CRIU; here it is refused. */
    private static Optional<TaskCredentials> ofCore(ProtobufFields core) {
        Optional<TaskCredentials> found = Optional.empty();
        Set<Long> seen = new HashSet<>();
        boolean ended = false;
        while (core.next()) {
            long number = core.number();
            if (number == CORE_THREAD || number == CORE_TASK) {
                require(seen.add(number), "the field " + number + " twice");
            }
            if (number == CORE_THREAD) {
                found = ofThread(core.message());
            } else if (number == CORE_TASK) {
                ended = hasEnded(core.message());
            }
        }
        // CRIU would look for the credentials elsewhere, or have the task run as itself.
        require(ended || found.isPresent(), "it has no credentials");
        return found;
    }

    private static boolean hasEnded(ProtobufFields task) {
        boolean ended = true;
        while (task.next()) {
            ended &= task.number() != TASK_STATE || ENDED.contains(task.varint());
        }
        return ended;
    }

    private static Optional<TaskCredentials> ofThread(ProtobufFields thread) {
        Optional<TaskCredentials> found = Optional.empty();
        while (thread.next()) {
            if (thread.number() == THREAD_CREDENTIALS) {
                require(found.isEmpty(), "credentials twice");
                found = Optional.of(ofCredentials(thread.message()));
            }
        }
        return found;
    }

    private static TaskCredentials ofCredentials(ProtobufFields fields) {
        Set<Long> users = new HashSet<>();
        Set<Long> groups = new HashSet<>();
        boolean capable = false;
        int seen = 0;
        while (fields.next()) {
            long number = fields.number();
            if (number <= LAST_ID) {
                (number % 2 == 1 ? users : groups).add(fields.varint());
                seen |= 1 << number;
            } else if (number >= FIRST_CAPABILITIES && number <= LAST_CAPABILITIES) {
                capable |= fields.varints().stream().anyMatch(word -> word != 0);
            } else if (number == GROUPS) {
                groups.addAll(fields.varints());
            }
        }
        require(seen == ALL_IDS, "an ID is missing");
        return new TaskCredentials(Set.copyOf(users), Set.copyOf(groups), capable);
    }

    private static void require(boolean holds, String fault) {
        if (!holds) {
            throw new PagemapException(fault);
        }
    }
}
