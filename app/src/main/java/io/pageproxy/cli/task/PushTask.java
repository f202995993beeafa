package io.pageproxy.cli.task;

import io.pageproxy.cli.options.ReportOptions;
import io.pageproxy.cli.progress.TreeMemory;
import io.pageproxy.session.SessionReport;
import io.pageproxy.source.SourceConfig;
import io.pageproxy.source.SourceProxy;
import io.pageproxy.source.SourceRuntime;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Push sessions of dumpers that connect, or of one that is started. */
public final class PushTask implements SourceTask {
    private final SourceConfig config;
    private final TaskDestination destination;
    private final Optional<Path> summary;
    private final EarlyStop stop = new EarlyStop();

    public PushTask(SourceConfig config, TaskDestination destination, Optional<Path> summary) {
        this.config = config;
        this.destination = destination;
        this.summary = summary;
    }

    /** The command that it starts; empty if it starts none. */
    public List<String> dumper() {
        return config.dumper();
    }

    @Override
    public Optional<Path> fileOfSummary() {
        return summary.filter(file -> !file.equals(ReportOptions.STANDARD_OUTPUT));
    }

    @Override
    public SourceRuntime ownRuntime() {
        return SourceRuntime.of(config);
    }

    @Override
    public void stop() {
        stop.stop();
    }

    @Override
    public int run(TaskContext context) throws Exception {
        TaskOutput output = context.output();
        Consumer<SessionReport> reporter = ReportOptions.reporter(summary, output.out());
        try (TlsPool.Lease lease = context.tls().lease(destination.key());
                SourceProxy proxy =
                        new SourceProxy(
                                config,
                                context.services(destination, lease),
                                new SourceReporter(reporter, context.status(), output))) {
            stop.begins(proxy::stop);
            Runnable stopProgress =
                    output.showProgress(proxy::progress, () -> TreeMemory.ofDump(config.dumper()));
            try {
                return proxy.run();
            } finally {
                stopProgress.run();
            }
        }
    }
}
