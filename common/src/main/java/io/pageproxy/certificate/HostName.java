package io.pageproxy.certificate;

import io.netty.util.NetUtil;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The host name or IP address to connect to. Matches it against certificates according to RFC 9525:
 *
 * <ul>
 *   <li>an IP address must equal one of the certificate's IP addresses;
 *   <li>a DNS name must equal one of its DNS names, or match a wildcard name whose first label is
 *       exactly {@code *} and stands for exactly one label;
 *   <li>the common name counts only in a certificate without any DNS name, URI or IP address.
 * </ul>
 *
 * <p>The JDK's check is not used because it rejects underscores, accepts partial wildcards such as
 * {@code d*.example}, and considers the common name of a certificate that has a URI.
 */
public final class HostName {
    private static final String WILDCARD = "*.";

    private final String name;

    /** The raw IP address; null for a DNS name. */
    private final byte[] address;

    private HostName(String name, byte[] address) {
        this.name = name;
        this.address = address;
    }

    /**
     * Parses a host name or IP address given by the operator.
     *
     * @throws IllegalArgumentException if it is neither a valid host name nor an IP address
     */
    public static HostName of(String given) {
        byte[] address = NetUtil.createByteArrayFromIpAddressString(given);
        return new HostName(address == null ? DnsName.canonical(given) : given, address);
    }

    /** Whether this is a DNS name, which can be sent as SNI. */
    public boolean isDnsName() {
        return address == null;
    }

    /** Whether a certificate is valid for this host. */
    public boolean matches(X509Certificate leaf) {
        if (address != null) {
            return CertificateNames.ips(leaf).stream()
                    .map(NetUtil::createByteArrayFromIpAddressString)
                    .anyMatch(ip -> Arrays.equals(ip, address));
        }
        return candidates(leaf).anyMatch(this::matches);
    }

    private static Stream<String> candidates(X509Certificate leaf) {
        boolean hasNames =
                !CertificateNames.dns(leaf).isEmpty()
                        || !CertificateNames.uris(leaf).isEmpty()
                        || !CertificateNames.ips(leaf).isEmpty();
        return hasNames
                ? CertificateNames.dns(leaf).stream()
                : CertificateNames.commonName(leaf).stream();
    }

    private boolean matches(String certified) {
        if (!certified.startsWith(WILDCARD)) {
            return DnsName.canonicalOf(certified).equals(Optional.of(name));
        }
        int firstDot = name.indexOf('.');
        return firstDot > 0
                && DnsName.canonicalOf(certified.substring(WILDCARD.length()))
                        .equals(Optional.of(name.substring(firstDot + 1)));
    }

    /** The host in canonical form. */
    @Override
    public String toString() {
        return name;
    }
}
