package io.pageproxy.certs;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Parsers for the names in certificates, none of which accesses the network. They throw {@link
 * IllegalArgumentException} with the value and the remedy.
 */
public final class Names {
    private static final int MAX_DNS_CHARS = 253;
    private static final Pattern FILE_NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
    private static final Pattern DNS_LABEL = Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");
    private static final Pattern DIGITS = Pattern.compile("[0-9]+");
    private static final Pattern TRUST_DOMAIN = Pattern.compile("[a-z0-9._-]{1,255}");
    private static final Set<String> RESERVED = Set.of("ca", "crl");
    private static final String KEY_SUFFIX = "-key";

    private Names() {}

    /**
     * Parses the name of a certificate, which is also the base name of its files NAME.pem and
     * NAME-key.pem.
     */
    public static String certificate(String text) {
        if (!FILE_NAME.matcher(text).matches()) {
            throw invalid(text, "give 1 to 64 letters, digits, '.', '_' or '-', no sign first");
        }
        String lower = text.toLowerCase(Locale.ROOT);
        if (RESERVED.contains(lower) || lower.endsWith(KEY_SUFFIX)) {
            throw invalid(text, "ca, crl and names that end in -key are taken by the PKI's files");
        }
        return text;
    }

    /**
     * Parses a host name in LDH form (RFC 5280, section 4.2.1.6) and converts it to lower case.
     * Wildcards are rejected because they would let one host impersonate another. A numeric last
     * label is also rejected: no real top-level domain has one, and it usually is an address given
     * to the wrong option.
     */
    public static String dns(String text) {
        String name = text.toLowerCase(Locale.ROOT);
        if (name.startsWith("*")) {
            throw invalid(text, "wildcards are refused: give each host by its own name");
        }
        String[] labels = name.split("\\.", -1);
        for (String label : labels) {
            if (!DNS_LABEL.matcher(label).matches()) {
                throw invalid(
                        text,
                        "no DNS name: give labels of 1 to 63 letters, digits and inner '-',"
                                + " separated by single dots (other scripts in their xn-- form)");
            }
        }
        if (name.length() > MAX_DNS_CHARS) {
            throw invalid(text, "longer than the " + MAX_DNS_CHARS + " characters of a DNS name");
        }
        if (DIGITS.matcher(labels[labels.length - 1]).matches()) {
            throw invalid(text, "no DNS name, since it ends in a number: an address is an IP name");
        }
        return name;
    }

    /** Parses an IPv4 or IPv6 literal without brackets, zone or prefix length. */
    public static InetAddress ip(String text) {
        boolean bare = text.indexOf('%') < 0 && text.indexOf('[') < 0;
        if (!bare || !(NetUtil.isValidIpV4Address(text) || NetUtil.isValidIpV6Address(text))) {
            throw invalid(
                    text, "no address: give a literal such as 192.0.2.7 or 2001:db8::7, bare");
        }
        try {
            return InetAddress.getByAddress(NetUtil.createByteArrayFromIpAddressString(text));
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(e);
        }
    }

    /**
     * Parses an absolute ASCII URI; one with the scheme spiffe must be a SPIFFE ID (SPIFFE-ID,
     * section 2).
     */
    public static URI uri(String text) {
        URI uri;
        try {
            uri = new URI(text);
        } catch (URISyntaxException e) {
            throw invalid(text, "no URI: " + e.getReason());
        }
        if (!uri.isAbsolute() || !text.equals(uri.toASCIIString())) {
            throw invalid(text, "give an absolute URI in ASCII, such as spiffe://example.org/web");
        }
        if ("spiffe".equalsIgnoreCase(uri.getScheme()) && !isSpiffeId(uri)) {
            throw invalid(
                    text,
                    "no SPIFFE ID: give spiffe://TRUST-DOMAIN/PATH, the domain in lower case,"
                            + " without user, port, query or fragment");
        }
        return uri;
    }

    private static boolean isSpiffeId(URI uri) {
        return uri.getRawAuthority() != null
                && TRUST_DOMAIN.matcher(uri.getRawAuthority()).matches()
                && uri.getRawQuery() == null
                && uri.getRawFragment() == null;
    }

    private static IllegalArgumentException invalid(String value, String remedy) {
        return new IllegalArgumentException("'" + value + "': " + remedy);
    }
}
