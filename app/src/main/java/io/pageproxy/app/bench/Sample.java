package io.pageproxy.app.bench;

import java.util.Optional;

/**
 * One session.
 *
 * @param round from 1
 * @param bytes of all pages
 * @param seconds from the dumper's connection to the status that it hears
 * @param proxies what they took; empty where there are none
 */
record Sample(
        Combination combination, int round, long bytes, double seconds, Optional<Proxies> proxies) {

    /**
     * What the pair took for a session.
     *
     * @param source since it was ready for the dumper; its peak is that of its whole life
     * @param dest the same of the destination, its page server left out
     * @param wireBytes from the source to the destination, TLS included
     */
    record Proxies(Usage source, Usage dest, long wireBytes) {}

    double megabytesPerSecond() {
        return bytes / seconds / 1e6;
    }

    /** Processor time for 1e9 bytes of pages. */
    double cpuSecondsPerGigabyte(Usage usage) {
        return usage.cpuSeconds() / (bytes / 1e9);
    }
}
