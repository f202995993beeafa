package io.pageproxy.it;

import io.pageproxy.certs.ExamplePki;
import io.pageproxy.certs.InitOptions;
import io.pageproxy.certs.PkiException;
import java.nio.file.Path;
import java.util.List;

/** Throw-away certificates of both sides. */
record Pki(Path dir) {
    static Pki create(Path dir) {
        try {
            ExamplePki.create(dir, InitOptions.defaults());
            return new Pki(dir);
        } catch (PkiException e) {
            throw new AssertionError(e);
        }
    }

    /** The options of the side {@code source} or {@code dest}. */
    List<String> options(String side) {
        return options(side, this);
    }

    /** The same, but trusting another authority. */
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
