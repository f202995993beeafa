package io.pageproxy.source.monitor;

import java.util.OptionalInt;

/** The network process, as its jobs see it. Any thread. */
interface JobPeer {
    /** Sends it something; does nothing if it has ended. */
    void send(MonitorMessage event, OptionalInt carried);

    /** Whether it has been heard lately. */
    boolean lives();

    /** It has done what no network process does, and is to end. */
    void end(String why);
}
