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
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A frame: one message between the two proxies. The order of a push session:
 *
 * <pre>
 *   source                          destination
 *     | Hello ------------------------->|   agent, session name, page size
 *     |<------------------------ Accept |   folder claimed, page server running
 *     | Open, Block* ------------------>|   the page stream
 *     |<----------------------- Answer* |   has_parent and the like
 *     | End --------------------------->|   totals and checksum of the plain stream
 *     |<------------------------ Result |   images complete and durable
 *     | Delivered --------------------->|   the dumper was told success and exited 0
 *     |<---- Keepalive, any time ------>|
 *     |<---- Abort, any time ---------->|   the session failed, and why
 * </pre>
 *
 * <p>The file is long because all frames are in it: they are best read side by side.
 *
 * <p>A source that only checks whether a session is possible sends Probe instead of Hello and
 * receives Probed; both then close, and nothing is created or started. One that asks whether a
 * migration would succeed sends Foresee instead of Attach and receives Foreseen.
 *
 * <p>In a lazy session (Hello says so) the destination requests the pages:
 *
 * <pre>
 *   source                          destination
 *     | Hello, lazy ------------------->|
 *     |<------------------------ Accept |   the lazy-pages daemon has been started
 *     |<-------------------------- Get* |   pages that the daemon wants
 *     | Block* ------------------------>|   their records and pages
 *     |<-------------------------- Done |   the daemon has exited 0: all pages are in place
 *     | Delivered --------------------->|   the source's CRIU was told and ends its tasks
 * </pre>
 *
 * <p>If Accept grants several lanes, each further connection sends Join, receives Joined, and then
 * carries only Blocks and End.
 *
 * <p>The other files of a migrated session use a connection of their own, which starts with Attach
 * before the session's own connection is made:
 *
 * <pre>
 *   source                                destination
 *     | Attach ------------------------------->|   session name, and whether to restore it
 *     |<----------------------------- Attached |   permitted; now the session itself runs
 *     | (File, Block*, FileEnd)* ------------->|   once the pages are complete: the other images
 *     | FilesEnd ----------------------------->|
 *     |<------------------------------- Staged |   files durable, tree restored but not yet running
 *     | Commit ------------------------------->|   the tasks have ended at the source
 *     |<---------------------------- Committed |   the tree runs
 * </pre>
 *
 * <p>If Attach says lazy, the session is a lazy one and the files precede its pages. Commit then
 * resumes the tree without its pages, while the tasks at the source stay frozen. If rounds of
 * pre-dumps come first, the source says so later, by TurnLazy, which Attached answers once more.
 *
 * <p>The file is long because the interface is sealed: all that the two proxies can say is here.
 */
public sealed interface Frame {
    /** Releases the content of a {@link Block}; other frames own no resources. */
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
     * First frame of a session: the source describes itself and the session.
     *
     * @param agent the program and its version
     * @param host properties that must match on both hosts
     * @param session the session's name; empty for the images folder itself
     * @param parent the session that this one is based on
     * @param peerTimeoutMillis the source's peer timeout
     * @param lanes the requested number of connections for blocks, including this one; 1 to {@link
     *     LaneGrant#MAX_LANES}
     * @param knownPages number of pages of the earlier sessions that the source has indexed; 0 for
     *     none
     * @param role push or lazy
     * @param migration id of the migration that the session is a part of; the same on both hosts
     * @param expectedBytes how many bytes of pages are expected at least; 0: not known
     */
    record Hello(
            String agent,
            HostFacts host,
            Optional<String> session,
            Optional<String> parent,
            long peerTimeoutMillis,
            int lanes,
            long knownPages,
            SessionRole role,
            Optional<String> migration,
            long expectedBytes)
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

        /** A source that says nothing of a migration or of what it will send. */
        public Hello(
                String agent,
                HostFacts host,
                Optional<String> session,
                Optional<String> parent,
                long peerTimeoutMillis,
                int lanes,
                long knownPages,
                SessionRole role) {
            this(
                    agent,
                    host,
                    session,
                    parent,
                    peerTimeoutMillis,
                    lanes,
                    knownPages,
                    role,
                    Optional.empty(),
                    0);
        }
    }

    /**
     * The destination has authenticated the source and prepared the session.
     *
     * @param agent the program and its version
     * @param criuVersion version reported by the page server
     * @param layout the record layout of that page server
     * @param imagesFolder folder of the images on the destination
     * @param peerTimeoutMillis the destination's peer timeout
     * @param codecs the codecs that it decodes, one bit per codec number
     * @param referenceDistanceBytes minimum distance in the stream between a reference and its
     *     page; empty if references are not supported
     * @param earlierPages number of pages of earlier sessions that may be referenced: all that the
     *     source knows, or 0; the pages of this stream are numbered from there on
     * @param grant number of lanes, and how further ones join
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

        /** The codecs of a destination that only decodes stored blocks and LZ4. */
        public static final long STORED_AND_LZ4 = 0b11;
    }

    /** The dumper has connected and uses this record layout. */
    record Open(RecordLayout layout) implements Frame {}

    /**
     * A part of the plain stream.
     *
     * @param sequence consecutive number, starting at 0
     * @param codec codec of the content's literals
     * @param references number of references at the end of the content
     * @param rawBytes length of the decoded content, 1 to {@link FrameLayout#MAX_BLOCK_BYTES}
     * @param checksum CRC-32C of the plain stream up to the end of this block
     * @param content owned by the holder of this frame, who must release it
     */
    record Block(
            long sequence, int codec, int references, int rawBytes, int checksum, ByteBuf content)
            implements Frame {

        @Override
        public void release() {
            content.release();
        }
    }

    /**
     * A reply of the page server.
     *
     * @param bytes length of the reply, 1 or 4 bytes
     * @param value the reply, little-endian
     */
    record Answer(int bytes, int value) implements Frame {}

    /** Shows that the sender is alive. */
    record Keepalive() implements Frame {}

    /**
     * The stream has ended; sent on every lane behind its last block.
     *
     * @param totals totals of the stream
     * @param checksum CRC-32C of the whole plain stream
     * @param blocks number of blocks on all lanes; empty if there is only one lane
     */
    record End(StreamTotals totals, int checksum, OptionalLong blocks) implements Frame {

        /** Creates the frame for a session of one lane. */
        public End(StreamTotals totals, int checksum) {
            this(totals, checksum, OptionalLong.empty());
        }
    }

    /**
     * The images are complete and durable.
     *
     * @param pageServerExit the page server's exit code, 0
     * @param images number of pagemap images
     * @param pages number of pages in them
     * @param seconds duration of the check and the sync
     */
    record Result(int pageServerExit, long images, long pages, double seconds) implements Frame {}

    /**
     * The dumper has been told of success.
     *
     * @param dumpSucceeded whether the dumper has since exited with 0; if false, the source does
     *     not know how the dump ended. A failed dump is reported by Abort
     */
    record Delivered(boolean dumpSucceeded) implements Frame {
        /** Creates the frame for a dump whose result is unknown. */
        public Delivered() {
            this(false);
        }
    }

    /**
     * The session failed; no frame follows.
     *
     * @param reason the reason
     * @param message what happened and what to do
     * @param detail the tail of the page server's log, if useful
     */
    record Abort(CloseReason reason, String message, Optional<String> detail) implements Frame {
        /**
         * Returns the outcome of the receiver's session. A detail from the source is dropped: only
         * a destination has a page server's log, and other text would merely fill our log.
         *
         * @param from the side that sent it
         * @param idle whether nothing depends on the session yet; otherwise {@link
         *     CloseReason#STOPPED_IDLE} counts as a failure
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
     * The source asks whether it could open a session.
     *
     * @param agent the program and its version
     */
    record Probe(String agent) implements Frame {}

    /**
     * The destination would accept a session.
     *
     * @param agent the program and its version
     * @param criuVersion version reported by the page server
     * @param layout the record layout of that page server
     * @param host properties that must match on both hosts
     */
    record Probed(String agent, String criuVersion, RecordLayout layout, HostFacts host)
            implements Frame {}

    /**
     * Requests that this connection become a further lane of a session.
     *
     * @param token the token from that session's Accept
     * @param lane number of the lane, from 1; the session's own connection is 0
     */
    record Join(String token, int lane) implements Frame {
        /** Without the token, which is a secret. */
        @Override
        public String toString() {
            return "Join[lane=" + lane + "]";
        }
    }

    /** The connection has become this lane; Blocks and End may follow. */
    record Joined(int lane) implements Frame {}

    /**
     * Requests pages of a lazy session; Blocks answer, in order those that are demanded and in
     * order the others.
     *
     * @param demanded whether the lazy-pages daemon waits for the pages, so that they may be sent
     *     before others that were requested earlier
     */
    record Get(PageRequest request, boolean demanded) implements Frame {}

    /** All pages of a lazy session are in place: the source's tasks may end. */
    record Done() implements Frame {}

    /**
     * Requests that this connection transfer the other images of a session whose pages the same
     * source is about to send.
     *
     * @param agent the program and its version
     * @param session that session's name; empty for the images folder itself
     * @param restore whether the destination restores the tree; otherwise it only keeps the images
     * @param lazy whether the tree runs before its pages have arrived; the pages then use a lazy
     *     session
     * @param peerTimeoutMillis the source's peer timeout
     * @param migration id of the migration, as in {@link Hello}
     * @param container id of the container of runc that moves; empty: a process tree does
     * @param mayTurnLazy whether {@link TurnLazy} may follow; not together with {@code lazy}
     * @param bundle whether the container's bundle is yet to come, by {@link Sync}
     */
    record Attach(
            String agent,
            Optional<String> session,
            boolean restore,
            boolean lazy,
            long peerTimeoutMillis,
            Optional<String> migration,
            Optional<String> container,
            boolean mayTurnLazy,
            boolean bundle)
            implements Frame {
        /** Without a bundle. */
        public Attach(
                String agent,
                Optional<String> session,
                boolean restore,
                boolean lazy,
                long peerTimeoutMillis,
                Optional<String> migration,
                Optional<String> container,
                boolean mayTurnLazy) {
            this(
                    agent,
                    session,
                    restore,
                    lazy,
                    peerTimeoutMillis,
                    migration,
                    container,
                    mayTurnLazy,
                    false);
        }

        /** Without an id, as older sources send it. */
        public Attach(
                String agent,
                Optional<String> session,
                boolean restore,
                boolean lazy,
                long peerTimeoutMillis) {
            this(
                    agent,
                    session,
                    restore,
                    lazy,
                    peerTimeoutMillis,
                    Optional.empty(),
                    Optional.empty(),
                    false);
        }
    }

    /**
     * Accepts an Attach, and later TurnLazy.
     *
     * @param agent the program and its version
     * @param peerTimeoutMillis the destination's peer timeout
     * @param token secret for {@link Recommit}, 64 hex digits
     * @param container whether the destination knows that a container of runc moves; one that does
     *     not know containers would restore it as a process tree
     * @param connections whether the destination restores TCP connections
     * @param turnsLazy whether the destination understands {@link TurnLazy}
     * @param files whether the destination takes files of the tree, see {@link Sync}
     */
    record Attached(
            String agent,
            long peerTimeoutMillis,
            String token,
            boolean container,
            boolean connections,
            boolean turnsLazy,
            boolean files)
            implements Frame {
        /** From a destination that takes no files. */
        public Attached(
                String agent,
                long peerTimeoutMillis,
                String token,
                boolean container,
                boolean connections,
                boolean turnsLazy) {
            this(agent, peerTimeoutMillis, token, container, connections, turnsLazy, false);
        }

        /** For a process tree, and as older destinations send it. */
        public Attached(String agent, long peerTimeoutMillis, String token) {
            this(agent, peerTimeoutMillis, token, false, false, false);
        }

        /** Without the token. */
        @Override
        public String toString() {
            return "Attached[agent=" + agent + ", peerTimeoutMillis=" + peerTimeoutMillis + "]";
        }
    }

    /**
     * The rounds of pre-dumps are over, and the tree will run before the rest of its pages has
     * arrived: from now on everything is as if Attach had said lazy. Attached answers once more.
     *
     * @param parent session of the last round, on which the images build
     */
    record TurnLazy(String parent) implements Frame {}

    /**
     * Starts a file; its bytes follow in Blocks.
     *
     * @param name file name without a path
     * @param bytes length, 0 or more
     */
    record File(String name, long bytes) implements Frame {}

    /**
     * Ends a file.
     *
     * @param sha256 SHA-256 of its content, 64 hex digits
     */
    record FileEnd(String sha256) implements Frame {}

    /**
     * All files have been sent.
     *
     * @param files number of files
     * @param bytes their total length
     */
    record FilesEnd(long files, long bytes) implements Frame {}

    /**
     * The files are complete and durable, and the tree, if requested, is restored but has not run
     * yet.
     *
     * @param filesSeconds time from the first file to the sync of the last
     * @param restoreSeconds time of the restore until it was paused; 0 if there was no restore
     */
    record Staged(double filesSeconds, double restoreSeconds) implements Frame {}

    /** The tasks have ended at the source: the destination's copy is the only one. */
    record Commit() implements Frame {}

    /**
     * The tree runs at the destination or, if no restore was requested, the images are complete.
     *
     * @param pid PID of the tree's root in the destination's namespace; empty if there was no
     *     restore
     * @param ranSeconds how long the tree has been running already
     */
    record Committed(OptionalLong pid, double ranSeconds) implements Frame {}

    /**
     * Repeats {@link Commit} on a new connection after the first has broken; idempotent. For a lazy
     * migration it announces that no more pages will be served: the answer is Committed if the tree
     * has all of them; the destination then awaits Delivered, or Abort if nothing is left of the
     * tree.
     *
     * @param token the token from the first connection's Attached
     * @param peerTimeoutMillis the source's peer timeout
     */
    record Recommit(String token, long peerTimeoutMillis) implements Frame {
        /** Without the token. */
        @Override
        public String toString() {
            return "Recommit[peerTimeoutMillis=" + peerTimeoutMillis + "]";
        }
    }

    /**
     * First frame of a connection that asks whether a migration would succeed. Nothing is created
     * for it.
     *
     * @param attach what the migration would ask for
     * @param host properties that must match on both hosts
     * @param needs what the tree needs
     */
    record Foresee(Attach attach, HostFacts host, TreeNeeds needs) implements Frame {}

    /**
     * Answer to {@link Foresee}; the connection is closed then.
     *
     * @param remarks what was found, in the order of the checks; at most {@link Remark#MAX_COUNT}
     */
    record Foreseen(List<Remark> remarks) implements Frame {
        /** Copies the list. */
        public Foreseen {
            remarks = List.copyOf(remarks);
        }
    }

    /**
     * First frame of a connection that copies a folder of the tree that moves: what rsync on the
     * one side and an rsync daemon on the other say to each other follows in Blocks, both ways.
     *
     * @param token the token from the migration's Attached
     * @param path the folder at the destination; empty: the bundle of the container
     * @param last whether it is the pass for which the tree is frozen, or will be
     * @param peerTimeoutMillis the source's peer timeout
     */
    record Sync(String token, Optional<String> path, boolean last, long peerTimeoutMillis)
            implements Frame {
        /** Without the token. */
        @Override
        public String toString() {
            return "Sync[path=" + path + ", last=" + last + "]";
        }
    }

    /** The daemon runs: Blocks may follow. */
    record SyncReady() implements Frame {}

    /**
     * The sender's rsync has ended: no Block follows.
     *
     * @param exit its exit code, or 128 and the signal that has killed it
     * @param said the last lines that it has printed, if it has failed
     */
    record SyncEnd(int exit, Optional<String> said) implements Frame {}
}
