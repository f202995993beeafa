package io.pageproxy.cli.certs;

import io.pageproxy.certs.ExamplePki;
import io.pageproxy.certs.PkiException;
import io.pageproxy.certs.Revoked;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.security.cert.X509CRL;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code pageproxy certs revoke}. */
@Command(
        name = "revoke",
        description = {
            "Revoke a certificate: adds NAME.pem to crl.pem, which keeps its other entries.",
            "The new crl.pem is valid from now on for as long as the one before was (365 days, or"
                    + " what certs init --days said). A certificate that is revoked already leaves"
                    + " crl.pem as it is."
        })
final class RevokeCommand extends PkiCommand {
    @Option(
            names = "--dir",
            required = true,
            paramLabel = "DIR",
            converter = Converters.Folder.class,
            description = "The folder that certs init made.")
    private Path dir;

    @ArgGroup(multiplicity = "1")
    private Target target;

    /** Either a certificate to revoke, or only a renewal. */
    static final class Target {
        @Option(
                names = "--name",
                required = true,
                paramLabel = "NAME",
                converter = Converters.CertificateName.class,
                description = "The certificate to revoke: that of NAME.pem.")
        private String name;

        @Option(
                names = "--renew",
                required = true,
                description = "Revoke nothing, but renew crl.pem before its next update is due.")
        private boolean renew;
    }

    @Override
    void run(PrintWriter out) throws PkiException {
        if (target.renew) {
            renew(out);
        } else {
            revoke(out);
        }
    }

    private void revoke(PrintWriter out) throws PkiException {
        ExamplePki pki = ExamplePki.open(dir);
        Revoked revoked = pki.revoke(target.name);
        if (revoked.before()) {
            out.printf(
                    "%s was revoked already, on %s; %s is unchanged%n",
                    target.name, Dates.day(revoked.at()), pki.crlFile());
            return;
        }
        out.println("revoked " + target.name);
        printWritten(pki, revoked.crl(), out);
    }

    private void renew(PrintWriter out) throws PkiException {
        ExamplePki pki = ExamplePki.open(dir);
        printWritten(pki, pki.renewCrl(), out);
    }

    private static void printWritten(ExamplePki pki, X509CRL crl, PrintWriter out) {
        out.printf(
                "wrote %s  next update by %s%n",
                pki.crlFile(), Dates.day(crl.getNextUpdate().toInstant()));
        out.println(
                "Next: copy it to every host that has it as --crl; a running proxy takes the new one"
                        + " by itself");
    }
}
