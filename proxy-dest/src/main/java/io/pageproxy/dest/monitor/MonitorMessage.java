package io.pageproxy.dest.monitor;

import io.pageproxy.monitor.MessageForm;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * What the network process asks of its monitor, and what the monitor tells it, in the form of
 * {@link MessageForm}. The network process chooses the id of each restore, daemon and watchdog.
 *
 * @param kind what it says
 * @param id what it is about
 * @param number as the kind says; else 0
 * @param text as the kind says; else empty
 */
record MonitorMessage(Kind kind, int id, long number, String text) {
    /** Of a request: no folder's name is longer. */
    static final int MAX_REQUEST_BYTES = 512;

    /** Of an event: the end of a log fits in. */
    static final int MAX_EVENT_BYTES = 32 << 10;

    private static final MessageForm<Kind> FORM = new MessageForm<>(Kind.class);

    /** The kinds; the position in this list is on the wire. */
    enum Kind {
        // Requests.
        /** SIGHUP can be handled. */
        LISTENING_FOR_SIGNALS,
        /**
         * Start to restore the folder {@code text}, whose images have yet to come; {@code number}
         * is 1 if its daemon brings its pages.
         */
        RESTORE,
        /** The images of the restore or daemon are there. */
        IMAGES,
        /** They do not come. */
        NO_IMAGES,
        /** Let the restored tree run. */
        GO,
        /** Kill the restored tree, which has not run. */
        GIVE_UP,
        /** Which tasks has the ended restore left? {@code number} 1: kill them first. */
        LOOK,
        /** Start a lazy-pages daemon in the folder {@code text}, whose images have yet to come. */
        LAZY_PAGES,
        /** End the daemon by SIGTERM, and by SIGKILL after {@code number} milliseconds. */
        TERMINATE,
        /** Watch the restored tree of the root {@code number}; may carry a descriptor to keep. */
        WATCH,
        /** Do the action {@code number} to the watched tree. */
        APPLY,
        /** Do it when the network process ends. */
        ON_OWNER_EXIT,
        /** Leave the watched tree as it is. */
        LEAVE,
        /** End the watchdog. */
        UNWATCH,

        // Events.
        /** It runs as process {@code number}; a daemon's carries our end of its socket. */
        STARTED,
        /** It failed, and {@code text} says why. */
        FAILED,
        /** The daemon can be connected to. */
        LISTENING,
        /** The tree is restored and paused; {@code number} is its root, or -1; its start time. */
        PAUSED,
        /** The end of the log of what is about to be told as exited. */
        LOG,
        /** The root of the tree that runs. */
        ROOT,
        /** It exited: {@code number} is its code, and 256 times the signal. */
        EXITED,
        /** The tasks that are left, separated by commas. */
        LEFT,
        /** The watchdog has done as it was told, or the images can be read. */
        DONE;

        boolean isRequest() {
            return compareTo(STARTED) < 0;
        }
    }

    /** A message without a number and a text. */
    MonitorMessage(Kind kind, int id) {
        this(kind, id, 0, "");
    }

    /** A message without a text. */
    MonitorMessage(Kind kind, int id, long number) {
        this(kind, id, number, "");
    }

    /** A message without a number. */
    MonitorMessage(Kind kind, int id, String text) {
        this(kind, id, 0, text);
    }

    /** Returns the packet; a text that is too long loses its beginning. */
    ByteBuffer encode() {
        return FORM.encode(
                kind, id, number, text, kind.isRequest() ? MAX_REQUEST_BYTES : MAX_EVENT_BYTES);
    }

    /**
     * Reads a packet.
     *
     * @throws IOException if it is none of these messages
     */
    static MonitorMessage decode(ByteBuffer packet) throws IOException {
        MessageForm.Message<Kind> read = FORM.decode(packet);
        return new MonitorMessage(read.kind(), read.id(), read.number(), read.text());
    }
}
