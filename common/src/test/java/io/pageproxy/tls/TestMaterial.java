package io.pageproxy.tls;

import io.pageproxy.certificate.TlsConfigException;
import io.pageproxy.certificate.TlsMaterial;
import java.nio.file.Path;

/** Loaded TLS files for tests of other packages. */
public final class TestMaterial {
    private TestMaterial() {}

    /** Files of a destination with a revocation list. */
    public static TlsMaterial dest(Path dir) throws TlsConfigException {
        TestPki ca = new TestPki("test CA");
        return new TlsMaterial(TestPki.files(dir, "dest", ca.dest(), ca, ca.crl()), false);
    }
}
