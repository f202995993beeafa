package io.pageproxy.certs;

import java.util.Objects;

/**
 * What a certificate to be issued says.
 *
 * @param name its common name and its files' name, as {@link Names#certificate} takes it
 * @param role which side it may stand for
 * @param names the names it stands for, at least one
 * @param days how long it is valid, 1 to {@value Lifetime#MAX_DAYS}
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
     * A certificate that stands for its own name, where that is a DNS name, and for the further
     * ones.
     *
     * @throws IllegalArgumentException where that leaves it without any name
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
