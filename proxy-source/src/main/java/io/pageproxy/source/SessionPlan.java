package io.pageproxy.source;

import io.pageproxy.codec.BlockCodec;
import io.pageproxy.frame.Frame.Hello;
import io.pageproxy.net.HostPort;
import java.time.Duration;
import java.util.Optional;

/**
 * What one session of the source shall be.
 *
 * @param destination where it goes
 * @param hello what the destination is told
 * @param codec what to try on each block
 * @param sessionTimeout from the first byte to the end; empty: for ever
 */
record SessionPlan(
        HostPort destination, Hello hello, BlockCodec codec, Optional<Duration> sessionTimeout) {}
