package io.pageproxy.frame;

import io.netty.buffer.ByteBuf;
import io.pageproxy.pagestream.PageRequest;
import io.pageproxy.pagestream.RecordLayout;
import io.pageproxy.pagestream.StreamTotals;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.HostFacts;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.SessionException;
import io.pageproxy.session.SessionRole;
import io.pageproxy.session.Side;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * One thing that a proxy says to the other. A session in its order:
 *
 * <pre>
 *   source                          destination
 *     | Hello ------------------------->|   who, which session, page size
 *     |<------------------------ Accept |   folder claimed, page server running
 *     | Open, Block* ------------------>|   the page stream
 *     |<----------------------- Answer* |   has_parent and the like
 *     | End --------------------------->|   totals and checksum of the plain stream
 *     |<------------------------ Result |   images whole and durable
 *     | Delivered --------------------->|   the dumper has heard success, and exited 0
 *     |<---- Keepalive, any time ------>|
 *     |<---- Abort, any time ---------->|   the session failed, and why
 * </pre>
 *
 * A source that only wants to know whether a session could be had says Probe in place of Hello, is
 * answered Probed, and both close; nothing is made or started for it.
 *
 * <p>A lazy session (Hello says so), whose pages the destination asks for:
 *
 * <pre>
 *   source                          destination
 *     | Hello, lazy ------------------->|
 *     |<------------------------ Accept |   the lazy-pages daemon has been started
 *     |<-------------------------- Get* |   pages that the daemon wants
 *     | Block* ------------------------>|   their records and pages
 *     |<-------------------------- Done |   the daemon has exited 0: all pages are there
 *     | Delivered --------------------->|   the source's CRIU has heard it, and ends its tasks
 * </pre>
 *
 * <p>Where Accept has granted several lanes, each further connection says Join, is answered Joined,
 * and then carries Blocks and End only.
 *
 * <p>What belongs to a session besides its pages comes on a connection of its own, which begins
 * with Attach, before the session's own:
 *
 * <pre>
 *   source                                destination
 *     | Attach ------------------------------->|   for which session, and whether to restore it
 *     |<----------------------------- Attached |   it may; now the session itself goes its way
 *     | (File, Block*, FileEnd)* ------------->|   when the pages are whole: the other images
 *     | FilesEnd ----------------------------->|
 *     |<------------------------------- Staged |   files whole and durable, the tree restored, held
 *     | Commit ------------------------------->|   the tasks are gone at the source
 *     |<---------------------------- Committed |   the tree runs
 * </pre>
 *
 * <p>Where Attach says lazy, the session is a lazy one, the files come before its pages, and
 * Commit, which the tasks await frozen at the source, lets the tree run without them.
 */
public sealed interface Frame {
    /** Releases what the frame owns: the content of a {@link Block}; other frames own nothing. */
    default void release() {}

    /**
     * Releases a frame that its receiver does not expect.
     *
     * @param sender the side that sent it
     * @param when completes "the source sent End ...", for example "while ready"
     * @return the TUNNEL_PROTOCOL failure to throw
     */
    default SessionException unexpectedFrom(Side sender, String when) {
        release();
        return new SessionException(
                CloseReason.TUNNEL_PROTOCOL,
                "the " + sender + " sent " + getClass().getSimpleName() + " " + when);
    }

    /**
     * The source presents itself.
     *
     * @param agent the program and its version
     * @param host what must match on both hosts
     * @param session the session's name; none: the images folder itself
     * @param parent the session that this one builds on
     * @param peerTimeoutMillis how long the source bears silence
     * @param lanes how many connections it would like to spread the blocks over, this one included;
     *     1 to {@link LaneGrant#MAX_LANES}
     * @param knownPages how many pages of the sessions that this one builds on the source knows; 0:
     *     none
     * @param role what the session is for
     */
    record Hello(
            String agent,
            HostFacts host,
            Optional<String> session,
            Optional<String> parent,
            long peerTimeoutMillis,
            int lanes,
            long knownPages,
            SessionRole role)
            implements Frame {

        /** A source that pushes pages. */
        public Hello(
                String agent,
                HostFacts host,
                Optional<String> session,
                Optional<String> parent,
                long peerTimeoutMillis,
                int lanes,
                long knownPages) {
            this(
                    agent,
                    host,
                    session,
                    parent,
                    peerTimeoutMillis,
                    lanes,
                    knownPages,
                    SessionRole.PUSH);
        }

        /** A source that wants this one connection. */
        public Hello(
                String agent,
                HostFacts host,
                Optional<String> session,
                Optional<String> parent,
                long peerTimeoutMillis) {
            this(agent, host, session, parent, peerTimeoutMillis, 1, 0);
        }
    }

    /**
     * The destination has authenticated, allowed and prepared the session.
     *
     * @param agent the program and its version
     * @param criuVersion the page server's, as it says itself
     * @param layout the record layout of that page server
     * @param imagesFolder where the images will be, on the destination
     * @param peerTimeoutMillis how long the destination bears silence
     * @param codecs what it can decode, a bit for each codec's number
     * @param referenceDistanceBytes how far back in the stream a page must be to be referred to;
     *     none: it takes no references
     * @param earlierPages how many pages of the sessions that this one builds on may be referred
     *     to: all that the source knows, or 0; this stream's pages are numbered from there on
     * @param grant how many lanes the session has, and how the further ones join it
     */
    record Accept(
            String agent,
            String criuVersion,
            RecordLayout layout,
            String imagesFolder,
            long peerTimeoutMillis,
            long codecs,
            OptionalLong referenceDistanceBytes,
            long earlierPages,
            LaneGrant grant)
            implements Frame {

        /** What a destination says that stores blocks, decodes LZ4 and nothing more: codecs. */
        public static final long STORED_AND_LZ4 = 0b11;

        /** Of such a destination, and of one lane. */
        public Accept(
                String agent,
                String criuVersion,
                RecordLayout layout,
                String imagesFolder,
                long peerTimeoutMillis) {
            this(
                    agent,
                    criuVersion,
                    layout,
                    imagesFolder,
                    peerTimeoutMillis,
                    STORED_AND_LZ4,
                    OptionalLong.empty(),
                    0,
                    LaneGrant.ONE);
        }
    }

    /** The dumper has come and speaks that layout. */
    record Open(RecordLayout layout) implements Frame {}

    /**
     * A piece of the plain stream.
     *
     * @param sequence from 0, one more each
     * @param codec how the content's literals are coded
     * @param references how many references stand at the content's end
     * @param rawBytes how long the content is when decoded, 1 to {@link
     *     FrameLayout#MAX_BLOCK_BYTES}
     * @param checksum CRC-32C of the plain stream up to here
     * @param content owned by whoever holds this frame, who must release it
     */
    record Block(
            long sequence, int codec, int references, int rawBytes, int checksum, ByteBuf content)
            implements Frame {

        /** One without references. */
        public Block(long sequence, int codec, int rawBytes, int checksum, ByteBuf content) {
            this(sequence, codec, 0, rawBytes, checksum, content);
        }

        @Override
        public void release() {
            content.release();
        }
    }

    /**
     * What the page server answered.
     *
     * @param bytes how many bytes, 1 or 4
     * @param value these bytes, little-endian
     */
    record Answer(int bytes, int value) implements Frame {}

    /** The sender lives. */
    record Keepalive() implements Frame {}

    /**
     * The stream has ended; said on every lane, behind its last block.
     *
     * @param totals what it carried
     * @param checksum CRC-32C of all of the plain stream
     * @param blocks how many blocks there were on all lanes; empty where there is one lane
     */
    record End(StreamTotals totals, int checksum, OptionalLong blocks) implements Frame {

        /** The end of a session of one lane. */
        public End(StreamTotals totals, int checksum) {
            this(totals, checksum, OptionalLong.empty());
        }
    }

    /**
     * The images are whole and durable.
     *
     * @param pageServerExit the page server's exit code, 0
     * @param images how many pagemap images there are
     * @param pages how many pages they hold
     * @param seconds how long the check and the sync took
     */
    record Result(int pageServerExit, long images, long pages, double seconds) implements Frame {}

    /**
     * The dumper has been told of success.
     *
     * @param dumpSucceeded whether the dumper has exited 0 since; else how its dump ended is not
     *     known to the source. Of a dump that failed Abort tells
     */
    record Delivered(boolean dumpSucceeded) implements Frame {
        /** Where how the dump ended is not known. */
        public Delivered() {
            this(false);
        }
    }

    /**
     * The session failed; nothing follows.
     *
     * @param reason why
     * @param message what was wrong and what to do
     * @param detail the tail of the page server's log, where that helps
     */
    record Abort(CloseReason reason, String message, Optional<String> detail) implements Frame {
        /**
         * How the session of whoever receives this has ended. The detail is the log of a page
         * server, which a source does not have: from there it would only fill our log.
         *
         * @param from the side that sent it
         * @param idle whether nothing depends on the session yet, as {@link
         *     CloseReason#STOPPED_IDLE} says; where something does, it is a failure
         */
        public Outcome outcome(Side from, boolean idle) {
            boolean failure = reason == CloseReason.STOPPED_IDLE && !idle;
            return new Outcome(
                    failure ? CloseReason.SHUTDOWN : reason,
                    from,
                    message,
                    from == Side.SOURCE ? Optional.empty() : detail);
        }
    }

    /**
     * The source asks whether it could have a session.
     *
     * @param agent the program and its version
     */
    record Probe(String agent) implements Frame {}

    /**
     * The destination would let the source have one.
     *
     * @param agent the program and its version
     * @param criuVersion the page server's, as it says itself
     * @param layout the record layout of that page server
     * @param host what must match on both hosts
     */
    record Probed(String agent, String criuVersion, RecordLayout layout, HostFacts host)
            implements Frame {}

    /**
     * This connection shall be a further lane of a session that has one already.
     *
     * @param token from that session's Accept
     * @param lane which one, from 1; the session's own connection is 0
     */
    record Join(String token, int lane) implements Frame {
        /** Without the token, which is a secret. */
        @Override
        public String toString() {
            return "Join[lane=" + lane + "]";
        }
    }

    /** This connection is that lane; Blocks and End may follow. */
    record Joined(int lane) implements Frame {}

    /** The lazy-pages daemon asks for pages; Blocks answer, in the order of what was asked. */
    record Get(PageRequest request) implements Frame {}

    /** All pages of a lazy session are where they belong: the source's tasks may end. */
    record Done() implements Frame {}

    /**
     * This connection shall bring the other images of a session whose pages the same source is
     * about to send.
     *
     * @param agent the program and its version
     * @param session that session's name; none: the images folder itself
     * @param restore whether the destination shall restore the tree; else the images are all
     * @param lazy whether the tree shall run before its pages have come; the pages' session is a
     *     lazy one then
     * @param peerTimeoutMillis how long the source bears silence
     */
    record Attach(
            String agent,
            Optional<String> session,
            boolean restore,
            boolean lazy,
            long peerTimeoutMillis)
            implements Frame {}

    /**
     * That may be.
     *
     * @param agent the program and its version
     * @param peerTimeoutMillis how long the destination bears silence
     * @param token for {@link Recommit}, 64 hex digits; a secret
     */
    record Attached(String agent, long peerTimeoutMillis, String token) implements Frame {
        /** Without the token. */
        @Override
        public String toString() {
            return "Attached[agent=" + agent + ", peerTimeoutMillis=" + peerTimeoutMillis + "]";
        }
    }

    /**
     * A file begins; so many bytes follow in Blocks.
     *
     * @param name without a path
     * @param bytes 0 or more
     */
    record File(String name, long bytes) implements Frame {}

    /**
     * The file is over.
     *
     * @param sha256 of its content, 64 hex digits
     */
    record FileEnd(String sha256) implements Frame {}

    /**
     * All files have been sent.
     *
     * @param files how many
     * @param bytes how long they are together
     */
    record FilesEnd(long files, long bytes) implements Frame {}

    /**
     * The files are whole and durable, and the tree, where that was asked for, is restored and
     * held: it has not run yet.
     *
     * @param filesSeconds how long the files took, from the first to the last's sync
     * @param restoreSeconds how long the restore took until it was held; 0: there was none
     */
    record Staged(double filesSeconds, double restoreSeconds) implements Frame {}

    /** The tasks are gone at the source: the destination's copy is the only one now. */
    record Commit() implements Frame {}

    /**
     * The tree runs at the destination, or, where no restore was asked for, the images are whole.
     *
     * @param pid of the tree's root, as the destination sees it; empty: there was no restore
     */
    record Committed(OptionalLong pid) implements Frame {}

    /**
     * As {@link Commit}, on a connection of its own where the first has broken; the answer is the
     * same however often it is said. Of a lazy migration it says that no more pages will be served:
     * the answer is Committed where the tree has all of them, and then awaits Delivered, or Abort
     * when nothing is left of the tree.
     *
     * @param token from the first connection's Attached
     * @param peerTimeoutMillis how long the source bears silence
     */
    record Recommit(String token, long peerTimeoutMillis) implements Frame {
        /** Without the token. */
        @Override
        public String toString() {
            return "Recommit[peerTimeoutMillis=" + peerTimeoutMillis + "]";
        }
    }
}
