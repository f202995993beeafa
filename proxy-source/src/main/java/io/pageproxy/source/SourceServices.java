package io.pageproxy.source;

import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import io.pageproxy.process.ChildLauncher;
import io.pageproxy.status.SessionWatch;
import java.util.function.Function;

/**
 * What the sessions of one command or job use of their process.
 *
 * @param runtime event loops, compressors and links; outlives the sessions
 * @param tls makes the TLS handler of one connection to the destination
 * @param launcher starts the dumps
 * @param watch follows the sessions that belong to a migration; the others have an observer
 */
public record SourceServices(
        SourceRuntime runtime,
        Function<Channel, SslHandler> tls,
        ChildLauncher launcher,
        SessionWatch watch) {

    /** The same, but dumps are started by another launcher. */
    public SourceServices startingBy(ChildLauncher dumps) {
        return new SourceServices(runtime, tls, dumps, watch);
    }
}
