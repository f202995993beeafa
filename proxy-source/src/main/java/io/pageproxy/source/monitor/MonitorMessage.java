package io.pageproxy.source.monitor;

import io.pageproxy.monitor.MessageForm;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * What the network process asks of its monitor, and what the monitor tells it, in the form of
 * {@link MessageForm}. The id is that of a job, which the monitor has chosen; 0 if it is about
 * none.
 *
 * @param kind what it says
 * @param id of the job
 * @param number as the kind says; else 0
 * @param text as the kind says; else empty
 */
record MonitorMessage(Kind kind, int id, long number, String text) {
    /** Of a message of the network process. */
    static final int MAX_REQUEST_BYTES = 16 << 10;

    /** Of a message of the monitor; the end of a log fits in. */
    static final int MAX_EVENT_BYTES = 32 << 10;

    /** Of a piece of a text; a character has at most 3 bytes here. */
    static final int PIECE_CHARS = 4 << 10;

    private static final MessageForm<Kind> FORM = new MessageForm<>(Kind.class);

    /** The kinds; the position in this list is on the wire. */
    enum Kind {
        // The network process about itself.
        /** SIGHUP can be handled. */
        LISTENING_FOR_SIGNALS,
        /** Jobs can be taken. */
        READY,
        /** It lives; {@code text} says why no job can be taken, if so. */
        ALIVE,

        // The network process about a job.
        /** A piece of standard output. */
        STDOUT,
        /** A piece of standard error. */
        STDERR,
        /** A line of the log. */
        LINE,
        /** The newest progress, in JSON. */
        PROGRESS,
        /** A piece of the report, in JSON; {@code number} is 1 if it is the last. */
        REPORT,
        /** It is over; {@code number} is its exit code. */
        OVER,

        // Calls for a job's tree; each is answered before the next one of the job.
        /** Is the root there? Answered by 1 or 0. */
        LIVES,
        /** Open the barrier; {@code number} is the port of a lazy dump. */
        OPEN,
        /** Start the pre-dump of the round {@code number}. */
        PRE_DUMP,
        /** Start the dump. */
        DUMP,
        /** Start the job's own dumper. */
        COMMAND,
        /** Let the held dump continue. */
        GO,
        /** Make a held dump fail. */
        RELEASE,
        /** End a lazy dump, which fails. */
        ABORT,
        /** Open images from the index {@code number} on: {@code IMAGE}s, then how many in all. */
        IMAGES,
        /** Note the processes of the tree; answered by their number. */
        COUNT,
        /** Wait up to {@code number} milliseconds until they are gone. Answered by 1 or 0. */
        AWAIT_GONE,
        /** Unblock the connections of the tree, which is gone. */
        UNLOCK,
        /** Get ready to stop the tree. */
        WATCH,
        /** Stop the tree; answered by the number of its processes. */
        STOP,
        /** Resume it so many seconds after the end of the network process. */
        RESUME_AFTER,
        /** Let the stopped tree run on. */
        RESUME,
        /** Kill the stopped tree. */
        END,

        // The monitor.
        /** The control socket is open. */
        SERVING,
        /** No more jobs are taken. */
        DRAINING,
        /** A piece of a new job; {@code number} is 1 if it is the last. */
        JOB,
        /** Stop the job. */
        STOP_JOB,
        /** The answer to a call; of one that starts a dump, its pid, with its socket. */
        DONE,
        /** The call has failed, and {@code text} says why. */
        FAILED,
        /** An open image: its length, its name, and a descriptor. */
        IMAGE,
        /** The dump is held. */
        HELD,
        /** The end of the log of what is about to be told as exited. */
        LOG,
        /** The dump has exited: {@code number} is its code, and 256 times the signal. */
        EXITED;

        boolean isCall() {
            return compareTo(LIVES) >= 0 && compareTo(END) <= 0;
        }

        boolean isOfMonitor() {
            return compareTo(SERVING) >= 0;
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

    /** Messages that carry a text of any length; the number of the last one is 1. */
    static List<MonitorMessage> pieces(Kind kind, int id, String text) {
        List<MonitorMessage> pieces = new ArrayList<>();
        int from = 0;
        do {
            int until = Math.min(text.length(), from + PIECE_CHARS);
            if (until < text.length() && Character.isHighSurrogate(text.charAt(until - 1))) {
                until--;
            }
            int last = until == text.length() ? 1 : 0;
            pieces.add(new MonitorMessage(kind, id, last, text.substring(from, until)));
            from = until;
        } while (from < text.length());
        return pieces;
    }

    ByteBuffer encode() {
        return FORM.encode(
                kind, id, number, text, kind.isOfMonitor() ? MAX_EVENT_BYTES : MAX_REQUEST_BYTES);
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
