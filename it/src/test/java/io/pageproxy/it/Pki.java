package io.pageproxy.it;

import io.pageproxy.certs.ExamplePki;
import io.pageproxy.certs.InitOptions;
import io.pageproxy.certs.IssueOptions;
import io.pageproxy.certs.PkiException;
import io.pageproxy.certs.Role;
import io.pageproxy.certs.SubjectAltNames;
import java.nio.file.Path;
import java.util.List;

/** Temporary certificates of both sides. */
record Pki(Path dir) {
    static Pki create(Path dir) {
        try {
            ExamplePki.create(dir, InitOptions.defaults());
            return new Pki(dir);
        } catch (PkiException e) {
            throw new AssertionError(e);
        }
    }

    /** Issues a certificate for another source. */
    void issueSource(String name) {
        try {
            ExamplePki.open(dir)
                    .issue(IssueOptions.named(name, Role.SOURCE, SubjectAltNames.NONE, 1));
        } catch (PkiException e) {
            throw new AssertionError(e);
        }
    }

    /** Adds a certificate to the revocation list. */
    void revoke(String name) {
        try {
            ExamplePki.open(dir).revoke(name);
        } catch (PkiException e) {
            throw new AssertionError(e);
        }
    }

    /** Options of the side {@code source} or {@code dest}, or of another source. */
    List<String> options(String side) {
        return options(side, this);
    }

    /** Options of a side that trusts another CA. */
    List<String> options(String side, Pki trusted) {
        return List.of(
                "--cert",
                dir.resolve(side + ".pem").toString(),
                "--key",
                dir.resolve(side + "-key.pem").toString(),
                "--ca",
                trusted.dir.resolve("ca.pem").toString());
    }
}
