package io.pageproxy.it;

import java.util.Arrays;
import java.util.Random;

/**
 * What an attacker does to one session's bytes: where, and what. He sees TLS records go by, as
 * anybody on the network does, and picks a record and a byte in it.
 *
 * @param lane which of the session's connections, from 0
 * @param toDestination the direction
 * @param record which record of that direction, from 0; {@link #LAST}: the one that decides, END to
 *     the destination or RESULT to the source
 * @param seed of all that is drawn once the record is there
 */
record Attack(Kind kind, int lane, boolean toDestination, int record, long seed) {
    static final int LAST = -1;

    private static final int MOST_CHUNK_BYTES = 4096;
    private static final byte[] CHANGE_CIPHER_SPEC = {20, 3, 3, 0, 1, 1};

    /** Ways to spoil a stream at one place. */
    enum Kind {
        /** One bit. */
        FLIP,
        /** An orderly end (FIN) towards the receiver; the sender notices nothing. */
        CUT,
        /** Both connections are reset. */
        RESET,
        /** What has just gone by once more. */
        REPEAT,
        /** The record before once more. */
        REPLAY,
        /** Two chunks of a record change places. */
        SWAP,
        /** The record and the next one change places. */
        REORDER,
        /** Random bytes. */
        INJECT,
        /** A record that looks right: data, an alert, a piece of a handshake. */
        FORGE,
        /** Some bytes are left out. */
        DROP,
        /** A record is left out. */
        OMIT,
        /** Nothing comes through any more, not even an end. */
        STALL
    }

    /** No attack. */
    static Attack none() {
        return new Attack(Kind.FLIP, -1, true, 0, 0);
    }

    /** What goes on in place of a record. */
    static final class Spoilt {
        private final byte[] bytes;
        private final boolean ignorable;

        private Spoilt(byte[] bytes, boolean ignorable) {
            this.bytes = bytes;
            this.ignorable = ignorable;
        }

        /** The bytes, for whoever sends them. */
        byte[] bytes() {
            return bytes;
        }

        /**
         * Whether all that was changed is such that TLS 1.3 tells its receiver to ignore it: the
         * version in a plain record (RFC 8446, 5.1), a record change_cipher_spec (D.4).
         */
        boolean ignorable() {
            return ignorable;
        }
    }

    /**
     * Spoils a record whose place the attack is; {@link Kind#REORDER} is the network's to do.
     *
     * @param previous the record before; empty where there is none
     */
    Spoilt spoil(byte[] original, byte[] previous) {
        Random random = new Random(seed);
        int offset = random.nextInt(original.length);
        boolean plain = isChangeCipherSpec(original);
        return switch (kind) {
            case FLIP -> flip(original, offset, random);
            case CUT, RESET, STALL -> new Spoilt(Arrays.copyOf(original, offset), plain);
            case REPEAT -> repeat(original, offset, previous, random);
            case REPLAY ->
                    previous.length == 0
                            ? repeat(original, offset, previous, random)
                            : new Spoilt(joined(previous, original), isChangeCipherSpec(previous));
            case SWAP -> new Spoilt(swap(original, random), plain);
            case INJECT -> inserted(original, offset, randomBytes(1 + random.nextInt(64), random));
            case FORGE -> inserted(original, 0, forged(random));
            case DROP -> {
                int end = offset + 1 + random.nextInt(Math.min(64, original.length - offset));
                byte[] rest = Arrays.copyOfRange(original, end, original.length);
                yield new Spoilt(joined(Arrays.copyOf(original, offset), rest), plain);
            }
            case OMIT -> new Spoilt(new byte[0], plain);
            case REORDER -> throw new IllegalStateException("needs the next record");
        };
    }

    private static Spoilt flip(byte[] original, int offset, Random random) {
        byte[] flipped = original.clone();
        flipped[offset] ^= (byte) (1 << random.nextInt(Byte.SIZE));
        boolean version = original[0] == 22 && (offset == 1 || offset == 2);
        return new Spoilt(flipped, version || isChangeCipherSpec(original));
    }

    private static Spoilt repeat(byte[] original, int offset, byte[] previous, Random random) {
        byte[] seen = joined(previous, Arrays.copyOf(original, offset));
        byte[] from = seen.length == 0 ? original : seen;
        int bytes = 1 + random.nextInt(Math.min(MOST_CHUNK_BYTES, from.length));
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

    private static Spoilt inserted(byte[] original, int offset, byte[] more) {
        byte[] rest = Arrays.copyOfRange(original, offset, original.length);
        boolean ignorable = isChangeCipherSpec(original) || isChangeCipherSpec(more);
        return new Spoilt(joined(joined(Arrays.copyOf(original, offset), more), rest), ignorable);
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
