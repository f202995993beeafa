package io.pageproxy.certs;

import java.util.Objects;

/**
 * Options of a certificate to be issued.
 *
 * @param name its common name and the base name of its files, as {@link Names#certificate} accepts
 *     it
 * @param role the side it may be used for
 * @param names its subject alternative names, at least one
 * @param days validity in days, 1 to {@value Lifetime#MAX_DAYS}
 */
public record IssueOptions(String name, Role role, SubjectAltNames names, int days) {
    public IssueOptions {
        Names.certificate(name);
        Objects.requireNonNull(role, "role");
        Lifetime.checkDays(days);
        if (names.isEmpty()) {
            throw new IllegalArgumentException(
                    "'" + name + "' needs a DNS name, an address or a URI to stand for");
        }
    }

    /**
     * Options for a certificate with its own name, if that is a DNS name, and further names.
     *
     * @throws IllegalArgumentException if that results in no name at all
     */
    public static IssueOptions named(String name, Role role, SubjectAltNames further, int days) {
        return new IssueOptions(name, role, ownName(name).plus(further), days);
    }

    private static SubjectAltNames ownName(String name) {
        try {
            return SubjectAltNames.ofDns(name);
        } catch (IllegalArgumentException notDns) {
            return SubjectAltNames.NONE;
        }
    }
}
