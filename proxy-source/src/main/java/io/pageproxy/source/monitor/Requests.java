package io.pageproxy.source.monitor;

import java.io.IOException;

/** Sends to the monitor. */
@FunctionalInterface
interface Requests {
    void send(MonitorMessage request) throws IOException;
}
