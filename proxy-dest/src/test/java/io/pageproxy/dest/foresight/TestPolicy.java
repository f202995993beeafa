package io.pageproxy.dest.foresight;

import io.pageproxy.dest.policy.PolicyFile;
import io.pageproxy.dest.policy.SessionPolicy;
import java.nio.file.Files;
import java.nio.file.Path;

/** A policy with one entry. */
final class TestPolicy {
    /** The fingerprint of its peer. */
    static final String PEER = "aa".repeat(32);

    private TestPolicy() {}

    /**
     * Reads it.
     *
     * @param rules of its entry, in YAML
     */
    static SessionPolicy of(String rules) throws Exception {
        Path file = Files.createTempFile("policy", ".yaml");
        try {
            Files.writeString(file, "peers: [{fingerprint: [%s], %s}]".formatted(PEER, rules));
            return new PolicyFile(file);
        } finally {
            Files.delete(file);
        }
    }
}
