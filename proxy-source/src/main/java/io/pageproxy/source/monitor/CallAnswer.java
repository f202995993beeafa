package io.pageproxy.source.monitor;

import io.pageproxy.posix.Posix;
import io.pageproxy.source.monitor.MonitorMessage.Kind;
import java.util.OptionalInt;

/**
 * What a call of the network process is answered with.
 *
 * @param carried a descriptor that goes with it, and is closed then
 * @param afterwards what is done once it is sent: what it tells comes later
 */
record CallAnswer(long number, OptionalInt carried, Runnable afterwards) {
    CallAnswer(long number) {
        this(number, OptionalInt.empty(), () -> {});
    }

    /** The same; once it is sent, that is done as well. */
    CallAnswer then(Runnable more) {
        return new CallAnswer(
                number,
                carried,
                () -> {
                    afterwards.run();
                    more.run();
                });
    }

    /** Sends it as the answer to a call of that job. */
    void send(JobPeer peer, int id) {
        try {
            peer.send(new MonitorMessage(Kind.DONE, id, number), carried);
        } finally {
            carried.ifPresent(Posix::closeQuietly);
        }
        afterwards.run();
    }
}
