package io.pageproxy.app.bench;

import java.util.Optional;

/**
 * The measurement of one session.
 *
 * @param round number of the round, from 1
 * @param bytes total size of the pages
 * @param seconds time from the dumper's connection to the status that it receives
 * @param proxies usage of the proxies; empty without proxies
 */
record Sample(
        Combination combination, int round, long bytes, double seconds, Optional<Proxies> proxies) {

    /**
     * Usage of the two proxies by one session.
     *
     * @param source usage of the source since it was ready for the dumper; its peak covers its
     *     whole lifetime
     * @param dest likewise for the destination, without its page server
     * @param wireBytes bytes from source to destination, including TLS overhead
     */
    record Proxies(Usage source, Usage dest, long wireBytes) {}

    double megabytesPerSecond() {
        return bytes / seconds / 1e6;
    }

    /** CPU time per 1e9 bytes of pages. */
    double cpuSecondsPerGigabyte(Usage usage) {
        return usage.cpuSeconds() / (bytes / 1e9);
    }
}
