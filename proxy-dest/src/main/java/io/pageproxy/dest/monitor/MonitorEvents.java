package io.pageproxy.dest.monitor;

import java.util.OptionalInt;

/** What the monitor tells about one id; called on one thread. */
interface MonitorEvents {
    /**
     * Something has happened.
     *
     * @param carried a descriptor; the receiver closes it
     */
    void on(MonitorMessage event, OptionalInt carried);

    /** Whether nothing more is told but answers. */
    boolean isOver();

    /** The monitor has ended. */
    void onMonitorGone();
}
