package io.pageproxy.certs;

import java.net.InetAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.stream.Stream;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;

/**
 * The names a certificate stands for, each once, in the order given.
 *
 * @param dns host names, as {@link Names#dns} takes them
 * @param ips addresses
 * @param uris absolute URIs, as {@link Names#uri} takes them
 */
public record SubjectAltNames(List<String> dns, List<InetAddress> ips, List<URI> uris) {
    /** No names at all. */
    public static final SubjectAltNames NONE = new SubjectAltNames(List.of(), List.of(), List.of());

    public SubjectAltNames {
        dns = distinct(dns.stream().map(Names::dns));
        ips = distinct(ips.stream());
        uris = distinct(uris.stream().map(uri -> Names.uri(uri.toString())));
    }

    /** Host names alone. */
    public static SubjectAltNames ofDns(String... names) {
        return new SubjectAltNames(List.of(names), List.of(), List.of());
    }

    /** These names, then the others. */
    public SubjectAltNames plus(SubjectAltNames others) {
        return new SubjectAltNames(
                concat(dns, others.dns), concat(ips, others.ips), concat(uris, others.uris));
    }

    /** Whether there is no name here. */
    public boolean isEmpty() {
        return dns.isEmpty() && ips.isEmpty() && uris.isEmpty();
    }

    GeneralNames toGeneralNames() {
        List<GeneralName> names = new ArrayList<>();
        dns.forEach(name -> names.add(new GeneralName(GeneralName.dNSName, name)));
        ips.forEach(
                ip ->
                        names.add(
                                new GeneralName(
                                        GeneralName.iPAddress,
                                        new DEROctetString(ip.getAddress()))));
        uris.forEach(
                uri ->
                        names.add(
                                new GeneralName(
                                        GeneralName.uniformResourceIdentifier, uri.toString())));
        return new GeneralNames(names.toArray(GeneralName[]::new));
    }

    private static <T> List<T> concat(List<T> first, List<T> second) {
        return Stream.concat(first.stream(), second.stream()).toList();
    }

    private static <T> List<T> distinct(Stream<T> values) {
        return List.copyOf(
                values.collect(LinkedHashSet::new, LinkedHashSet::add, LinkedHashSet::addAll));
    }
}
