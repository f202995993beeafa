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
 * The subject alternative names of a certificate, without duplicates, in the given order.
 *
 * @param dns host names, as accepted by {@link Names#dns}
 * @param ips addresses
 * @param uris absolute URIs, as accepted by {@link Names#uri}
 */
public record SubjectAltNames(List<String> dns, List<InetAddress> ips, List<URI> uris) {
    /** No names. */
    public static final SubjectAltNames NONE = new SubjectAltNames(List.of(), List.of(), List.of());

    public SubjectAltNames {
        dns = distinct(dns.stream().map(Names::dns));
        ips = distinct(ips.stream());
        uris = distinct(uris.stream().map(uri -> Names.uri(uri.toString())));
    }

    /** Creates a set of only host names. */
    public static SubjectAltNames ofDns(String... names) {
        return new SubjectAltNames(List.of(names), List.of(), List.of());
    }

    /** Returns these names followed by others. */
    public SubjectAltNames plus(SubjectAltNames others) {
        return new SubjectAltNames(
                concat(dns, others.dns), concat(ips, others.ips), concat(uris, others.uris));
    }

    /** Whether there are no names. */
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
