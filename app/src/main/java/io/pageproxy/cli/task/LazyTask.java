package io.pageproxy.cli.task;

import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import io.pageproxy.cli.options.ReportOptions;
import io.pageproxy.source.SourceRuntime;
import io.pageproxy.source.lazy.LazyConfig;
import io.pageproxy.source.lazy.LazySource;
import io.pageproxy.source.lazy.LazySourceProxy;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.IntFunction;

/** Lazy sessions, one after the other. */
public final class LazyTask implements SourceTask {
    private final IntFunction<LazyConfig> configs;
    private final TaskDestination destination;
    private final boolean once;
    private final Optional<Path> summary;
    private final EarlyStop stop = new EarlyStop();

    /**
     * @param configs by the number of the session
     * @param once whether to run one session only
     */
    public LazyTask(
            IntFunction<LazyConfig> configs,
            TaskDestination destination,
            boolean once,
            Optional<Path> summary) {
        this.configs = configs;
        this.destination = destination;
        this.once = once;
        this.summary = summary;
    }

    @Override
    public Optional<Path> fileOfSummary() {
        return summary.filter(file -> !file.equals(ReportOptions.STANDARD_OUTPUT));
    }

    @Override
    public SourceRuntime ownRuntime() {
        return SourceRuntime.ofLazySessions();
    }

    @Override
    public void stop() {
        stop.stop();
    }

    @Override
    public int run(TaskContext context) throws Exception {
        LazyReporter reporter =
                new LazyReporter(
                        configs.apply(1).lazyPages(),
                        ReportOptions.reporter(summary, context.output().out()),
                        context.status(),
                        context.output());
        try (TlsPool.Lease lease = context.tls().lease(destination.key())) {
            Function<Channel, SslHandler> tls = destination.tlsHandlers(lease);
            LazySourceProxy proxy =
                    new LazySourceProxy(
                            once,
                            number ->
                                    new LazySource(
                                            configs.apply(number),
                                            tls,
                                            context.runtime().lazyLoops().next(),
                                            reporter));
            stop.begins(proxy::stop);
            return proxy.run();
        }
    }
}
