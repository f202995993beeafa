package io.pageproxy.cli.certs;

import io.pageproxy.certs.SubjectAltNames;
import java.net.InetAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** The options for a certificate's names that {@code init} and {@code issue} share. */
final class NameOptions {
    @Option(
            names = "--dns",
            paramLabel = "NAME",
            converter = Converters.Dns.class,
            description = "An additional host name of the certificate. Repeatable.")
    private List<String> dns = new ArrayList<>();

    @Option(
            names = "--ip",
            paramLabel = "ADDR",
            converter = Converters.Ip.class,
            description = "An additional IPv4 or IPv6 address of the certificate. Repeatable.")
    private List<InetAddress> ips = new ArrayList<>();

    SubjectAltNames with(List<URI> uris) {
        return new SubjectAltNames(dns, ips, uris);
    }
}
