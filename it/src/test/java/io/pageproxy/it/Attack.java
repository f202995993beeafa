package io.pageproxy.it;

import java.util.Arrays;
import java.util.Random;

/**
 * One modification of a session's bytes by an attacker on the network. The attacker sees TLS
 * records and chooses a record and a byte in it.
 *
 * @param lane number of the session's connection, from 0
 * @param toDestination the direction
 * @param record number of the record in that direction, from 0; {@link #LAST} for the decisive one,
 *     END to the destination or RESULT to the source
 * @param seed seed of the random choices made when the record arrives
 */
record Attack(Kind kind, int lane, boolean toDestination, int record, long seed) {
    static final int LAST = -1;

    private static final int MAX_CHUNK_BYTES = 4096;
    private static final byte[] CHANGE_CIPHER_SPEC = {20, 3, 3, 0, 1, 1};

    /** Ways to modify a stream at one place. */
    enum Kind {
        /** Flips one bit. */
        FLIP,
        /** Ends the connection orderly (FIN) towards the receiver; the sender notices nothing. */
        CUT,
        /** Resets both connections. */
        RESET,
        /** Repeats bytes that have just been sent. */
        REPEAT,
        /** Repeats the previous record. */
        REPLAY,
        /** Swaps two chunks of a record. */
        SWAP,
        /** Swaps the record with the next one. */
        REORDER,
        /** Inserts random bytes. */
        INJECT,
        /** Inserts a well-formed record: data, an alert, or part of a handshake. */
        FORGE,
        /** Drops some bytes. */
        DROP,
        /** Drops a record. */
        OMIT,
        /** Blocks everything from now on, even the end of the connection. */
        STALL
    }

    /** No attack. */
    static Attack none() {
        return new Attack(Kind.FLIP, -1, true, 0, 0);
    }

    /** What is sent instead of a record. */
    static final class Modified {
        private final byte[] bytes;
        private final boolean ignorable;

        private Modified(byte[] bytes, boolean ignorable) {
            this.bytes = bytes;
            this.ignorable = ignorable;
        }

        /** The bytes to send. */
        byte[] bytes() {
            return bytes;
        }

        /**
         * Whether TLS 1.3 requires the receiver to ignore every changed byte: the version of a
         * plain record (RFC 8446, 5.1), or a change_cipher_spec record (D.4).
         */
        boolean ignorable() {
            return ignorable;
        }
    }

    /**
     * Modifies a record; {@link Kind#REORDER} is done by the network.
     *
     * @param previous the previous record; empty if there is none
     */
    Modified modify(byte[] original, byte[] previous) {
        Random random = new Random(seed);
        int offset = random.nextInt(original.length);
        boolean plain = isChangeCipherSpec(original);
        return switch (kind) {
            case FLIP -> flip(original, offset, random);
            case CUT, RESET, STALL -> new Modified(Arrays.copyOf(original, offset), plain);
            case REPEAT -> repeat(original, offset, previous, random);
            case REPLAY ->
                    previous.length == 0
                            ? repeat(original, offset, previous, random)
                            : new Modified(
                                    joined(previous, original), isChangeCipherSpec(previous));
            case SWAP -> new Modified(swap(original, random), plain);
            case INJECT -> inserted(original, offset, randomBytes(1 + random.nextInt(64), random));
            case FORGE -> inserted(original, 0, forged(random));
            case DROP -> {
                int end = offset + 1 + random.nextInt(Math.min(64, original.length - offset));
                byte[] rest = Arrays.copyOfRange(original, end, original.length);
                yield new Modified(joined(Arrays.copyOf(original, offset), rest), plain);
            }
            case OMIT -> new Modified(new byte[0], plain);
            case REORDER -> throw new IllegalStateException("needs the next record");
        };
    }

    private static Modified flip(byte[] original, int offset, Random random) {
        byte[] flipped = original.clone();
        flipped[offset] ^= (byte) (1 << random.nextInt(Byte.SIZE));
        boolean version = original[0] == 22 && (offset == 1 || offset == 2);
        return new Modified(flipped, version || isChangeCipherSpec(original));
    }

    private static Modified repeat(byte[] original, int offset, byte[] previous, Random random) {
        byte[] seen = joined(previous, Arrays.copyOf(original, offset));
        byte[] from = seen.length == 0 ? original : seen;
        int bytes = 1 + random.nextInt(Math.min(MAX_CHUNK_BYTES, from.length));
        return inserted(
                original, offset, Arrays.copyOfRange(from, from.length - bytes, from.length));
    }

    private static byte[] swap(byte[] original, Random random) {
        byte[] swapped = original;
        while (Arrays.equals(swapped, original)) {
            int bytes = 1 + random.nextInt(original.length / 2);
            int offset = random.nextInt(original.length - 2 * bytes + 1);
            swapped = original.clone();
            System.arraycopy(original, offset, swapped, offset + bytes, bytes);
            System.arraycopy(original, offset + bytes, swapped, offset, bytes);
        }
        return swapped;
    }

    private static byte[] forged(Random random) {
        return switch (random.nextInt(5)) {
            case 0 -> new byte[] {21, 3, 3, 0, 2, 1, 0}; // a plain close_notify
            case 1 -> new byte[] {21, 3, 3, 0, 2, 2, 40}; // a plain handshake_failure
            case 2 -> joined(new byte[] {22, 3, 3, 0, 32}, randomBytes(32, random));
            case 3 -> joined(new byte[] {23, 3, 3, 0, 0}, new byte[0]);
            default -> joined(new byte[] {23, 3, 3, 0, 64}, randomBytes(64, random));
        };
    }

    private static Modified inserted(byte[] original, int offset, byte[] more) {
        byte[] rest = Arrays.copyOfRange(original, offset, original.length);
        boolean ignorable = isChangeCipherSpec(original) || isChangeCipherSpec(more);
        return new Modified(joined(joined(Arrays.copyOf(original, offset), more), rest), ignorable);
    }

    private static byte[] randomBytes(int bytes, Random random) {
        byte[] noise = new byte[bytes];
        random.nextBytes(noise);
        return noise;
    }

    static byte[] joined(byte[] one, byte[] two) {
        byte[] both = Arrays.copyOf(one, one.length + two.length);
        System.arraycopy(two, 0, both, one.length, two.length);
        return both;
    }

    static boolean isChangeCipherSpec(byte[] record) {
        return Arrays.equals(record, CHANGE_CIPHER_SPEC);
    }
}
