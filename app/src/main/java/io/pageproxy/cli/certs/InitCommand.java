package io.pageproxy.cli.certs;

import io.pageproxy.certs.ExamplePki;
import io.pageproxy.certs.InitOptions;
import io.pageproxy.certs.Lifetime;
import io.pageproxy.certs.PkiException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code pageproxy certs init}. */
@Command(
        name = "init",
        description = {
            "Make a certificate authority and certificates for one source and one destination.",
            "Writes ca.pem, ca-key.pem, crl.pem, source.pem, source-key.pem, dest.pem and"
                    + " dest-key.pem. Overwrites nothing: if one of them exists, none is written.",
            "The certificate source has the DNS name source; dest has dest, localhost,"
                    + " 127.0.0.1, ::1 and the names given here. The authority is valid for 3650 days."
        })
final class InitCommand extends PkiCommand {
    @Option(
            names = "--dir",
            required = true,
            paramLabel = "DIR",
            converter = Converters.Folder.class,
            description = "The folder to write to; created with mode 0700 if it is missing.")
    private Path dir;

    @Mixin private NameOptions names;

    @Option(
            names = "--days",
            paramLabel = "N",
            converter = Converters.Days.class,
            defaultValue = "" + Lifetime.DEFAULT_DAYS,
            description =
                    "How long both certificates are valid, and until when crl.pem must be renewed"
                            + " (certs revoke --renew): 1 to 3650 days, ${DEFAULT-VALUE} unless"
                            + " given.")
    private int days;

    @Override
    void run(PrintWriter out) throws PkiException {
        ExamplePki pki = ExamplePki.create(dir, new InitOptions(names.with(List.of()), days));
        out.println("wrote " + pki.caFile() + "  the authority, for both hosts");
        out.println("wrote " + pki.caKeyFile() + "  its key: keep it off both hosts");
        out.println("wrote " + pki.crlFile() + "  what is revoked, for both hosts");
        for (String name : List.of("source", "dest")) {
            out.println("wrote " + pki.certificateFile(name) + "  for the " + name + " host alone");
            out.println("wrote " + pki.privateKeyFile(name) + "  its key");
        }
        out.printf(
                "Next, on the destination: pageproxy dest --cert %s --key %s --ca %s --crl %s"
                        + " --allow-dns source ...%n",
                pki.certificateFile("dest"),
                pki.privateKeyFile("dest"),
                pki.caFile(),
                pki.crlFile());
    }
}
