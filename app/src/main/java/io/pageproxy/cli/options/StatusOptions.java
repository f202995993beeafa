package io.pageproxy.cli.options;

import io.pageproxy.cli.Version;
import io.pageproxy.net.Endpoint;
import io.pageproxy.session.Side;
import io.pageproxy.status.Status;
import io.pageproxy.tls.ReloadingTlsContexts;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** Where the proxy tells of itself. */
public final class StatusOptions {
    @Option(
            names = "--status",
            paramLabel = "[ADDR:]PORT|unix:PATH",
            converter = ToStatusAddress.class,
            description =
                    "answer HTTP here: /metrics for Prometheus, /health, /sessions; to be read only,"
                            + " by whoever reaches it (a PORT alone: of 127.0.0.1; unix: root and"
                            + " this user)")
    private Endpoint address;

    /**
     * Opens it where it is asked for, and says on standard output where it is.
     *
     * @param contexts whose certificates it tells the dates of
     * @param checks what keeps sessions from being taken, in a few words; each empty where all is
     *     well
     * @throws IOException that names the option and the address where it cannot be listened on
     */
    public Status open(
            Side side, ReloadingTlsContexts contexts, List<Supplier<Optional<String>>> checks)
            throws IOException, InterruptedException {
        Status status =
                new Status(
                        Optional.ofNullable(address),
                        side,
                        Version.number(),
                        contexts::currentMaterial,
                        checks);
        status.address()
                .ifPresent(
                        where -> {
                            System.out.println("status " + where);
                            System.out.flush();
                        });
        return status;
    }

    /** ADDR:PORT, PORT or :PORT of the loopback, or unix:PATH. */
    static final class ToStatusAddress implements ITypeConverter<Endpoint> {
        private static final String LOOPBACK = "127.0.0.1";

        @Override
        public Endpoint convert(String value) {
            try {
                return Endpoint.parse(
                        value.matches("\\d+")
                                ? LOOPBACK + ":" + value
                                : value.startsWith(":") ? LOOPBACK + value : value);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(
                        value.startsWith(Endpoint.UNIX_PREFIX)
                                ? e.getMessage()
                                : "'"
                                        + value
                                        + "' is not PORT, ADDR:PORT or unix:PATH (IPv6 as"
                                        + " [ADDRESS]:PORT, port 0 to 65535)");
            }
        }
    }
}
