package io.pageproxy.cli.certs;

import io.pageproxy.certs.PkiException;
import io.pageproxy.certs.PkiInspection;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code pageproxy certs show}. */
@Command(
        name = "show",
        description = {
            "Show certificates and CRLs: names, purpose, validity, fingerprint (as"
                    + " --allow-fingerprint takes it), revoked or not, key match.",
            "Only reads files; pageproxy check verifies whether a chain is valid."
        })
final class ShowCommand extends PkiCommand {
    @ArgGroup(multiplicity = "1")
    private Target target;

    /** Either a folder or files. */
    static final class Target {
        @Option(
                names = "--dir",
                required = true,
                paramLabel = "DIR",
                converter = Converters.Folder.class,
                description = "Show every certificate and CRL of this folder.")
        private Path dir;

        @Parameters(
                arity = "1..*",
                paramLabel = "FILE",
                description =
                        "Show these PEM files; the key (NAME-key.pem) and crl.pem beside them count."
                                + " A key is shown by the certificate beside it.")
        private List<Path> files;
    }

    @Override
    void run(PrintWriter out) throws PkiException {
        PkiInspection inspection =
                target.dir == null
                        ? PkiInspection.ofFiles(target.files)
                        : PkiInspection.ofDirectory(target.dir);
        out.print(new InspectionTable(Instant.now()).render(inspection));
    }
}
