package io.pageproxy.cli.options;

import io.pageproxy.cli.Installation;
import io.pageproxy.cli.Version;
import io.pageproxy.net.Endpoint;
import io.pageproxy.posix.NotifySocket;
import io.pageproxy.session.Side;
import io.pageproxy.status.ProxyFacts;
import io.pageproxy.status.Status;
import io.pageproxy.tls.ReloadingTlsContexts;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** Options of the status server. */
public final class StatusOptions {
    @Option(
            names = "--status",
            paramLabel = "[ADDR:]PORT|unix:PATH",
            converter = ToStatusAddress.class,
            description =
                    "serve HTTP here: a page for people, /metrics for Prometheus, /health, /sessions;"
                            + " read-only, for everybody who reaches it (a PORT alone: on 127.0.0.1; unix:"
                            + " root and this user)")
    private Endpoint address;

    /** Whether a status is to be served. */
    public boolean given() {
        return address != null;
    }

    /** Where it is served; empty if it is not. */
    public Optional<Endpoint> address() {
        return Optional.ofNullable(address);
    }

    /**
     * Creates the status, starts its server if requested, and prints the server's address on
     * standard output. Under a service manager that wants to know, it is told as well.
     *
     * @param imagesDir the folder that receives images; empty at the source
     * @param contexts contexts whose certificates' expiry is exported
     * @param installation checked too
     * @param checks each returns a short reason why sessions cannot be accepted, or empty
     * @throws IOException if the server cannot listen; the message names the option and the address
     */
    public Status open(
            Side side,
            Optional<Path> imagesDir,
            ReloadingTlsContexts contexts,
            Installation installation,
            List<Supplier<Optional<String>>> checks)
            throws IOException, InterruptedException {
        List<Supplier<Optional<String>>> all = new ArrayList<>(checks);
        all.add(installation::fault);
        Status status =
                new Status(
                        Optional.ofNullable(address),
                        new ProxyFacts(side, Version.number(), imagesDir),
                        contexts::currentMaterial,
                        all);
        NotifySocket.of(System.getenv())
                .ifPresent(socket -> status.notifyManager(socket, System.getenv()));
        status.address()
                .ifPresent(
                        where -> {
                            System.out.println("status " + where);
                            System.out.flush();
                        });
        return status;
    }

    /** Converts ADDR:PORT, PORT or :PORT (on loopback), or unix:PATH. */
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
