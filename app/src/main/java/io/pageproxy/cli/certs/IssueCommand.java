package io.pageproxy.cli.certs;

import io.pageproxy.certs.ExamplePki;
import io.pageproxy.certs.IssueOptions;
import io.pageproxy.certs.Issued;
import io.pageproxy.certs.Lifetime;
import io.pageproxy.certs.PkiException;
import io.pageproxy.certs.Role;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** {@code pageproxy certs issue}. */
@Command(
        name = "issue",
        description = {
            "Issue another certificate with a new key.",
            "Writes NAME.pem and NAME-key.pem; overwrites neither. The certificate is for NAME,"
                    + " if that is a DNS name, and for every --dns, --ip and --uri."
        })
final class IssueCommand extends PkiCommand {
    @Option(
            names = "--dir",
            required = true,
            paramLabel = "DIR",
            converter = Converters.Folder.class,
            description = "The folder that certs init made.")
    private Path dir;

    @Option(
            names = "--name",
            required = true,
            paramLabel = "NAME",
            converter = Converters.CertificateName.class,
            description =
                    "The certificate's common name and its files' name: up to 64 letters, digits,"
                            + " '.', '_' and '-'.")
    private String name;

    @Mixin private NameOptions names;

    @Option(
            names = "--uri",
            paramLabel = "URI",
            converter = Converters.Uri.class,
            description = "A URI of the certificate, such as spiffe://example.org/web. Repeatable.")
    private List<URI> uris = new ArrayList<>();

    @Option(
            names = "--role",
            paramLabel = "ROLE",
            converter = Converters.Side.class,
            defaultValue = "both",
            description =
                    "Which side it may be used on: source (clientAuth), dest (serverAuth) or both;"
                            + " ${DEFAULT-VALUE} unless given.")
    private Role role;

    @Option(
            names = "--days",
            paramLabel = "N",
            converter = Converters.Days.class,
            defaultValue = "" + Lifetime.DEFAULT_DAYS,
            description =
                    "How long it is valid: 1 to 3650 days, ${DEFAULT-VALUE} unless given, and no"
                            + " longer than the authority.")
    private int days;

    private IssueOptions options() {
        try {
            return IssueOptions.named(name, role, names.with(uris), days);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(
                    spec.commandLine(),
                    "Invalid value for option '--name': "
                            + e.getMessage()
                            + ": no DNS name itself, so add --dns, --ip or --uri",
                    e);
        }
    }

    @Override
    void run(PrintWriter out) throws PkiException {
        IssueOptions options = options();
        Issued issued = ExamplePki.open(dir).issue(options);
        out.println("wrote " + issued.certificateFile());
        out.println("wrote " + issued.keyFile() + "  its key");
        out.printf(
                "Next: copy both to the host, with ca.pem and crl.pem;"
                        + " to look at it: pageproxy certs show %s%n",
                issued.certificateFile());
    }
}
