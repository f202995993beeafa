package io.pageproxy.dest.monitor;

import java.io.IOException;

/** Sends requests to the monitor. */
@FunctionalInterface
interface Requests {
    void send(MonitorMessage request) throws IOException;
}
