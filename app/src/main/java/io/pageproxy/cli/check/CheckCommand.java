package io.pageproxy.cli.check;

import io.netty.channel.EventLoop;
import io.pageproxy.cli.ProxyCommand;
import io.pageproxy.cli.Version;
import io.pageproxy.cli.options.Converters;
import io.pageproxy.cli.options.DestinationName;
import io.pageproxy.cli.options.EndpointConverter;
import io.pageproxy.cli.options.TlsOptions;
import io.pageproxy.net.Endpoint;
import io.pageproxy.posix.Posix;
import io.pageproxy.session.HostFacts;
import io.pageproxy.session.Side;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code pageproxy check}. */
@Command(
        name = "check",
        description = {
            "Preflight checks for either side: prints a line for each, with ok or what to do.",
            "What the proxies reject at their start is rejected with the same message. Exits with"
                    + " 0, or with the code of the first failure. Starts no session."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  pageproxy check --images-dir /srv/images --cert dest.pem --key dest-key.pem \\",
            "      --ca ca.pem",
            "  pageproxy check --connect dest.example:9999 --cert source.pem \\",
            "      --key source-key.pem --ca ca.pem"
        })
public final class CheckCommand extends ProxyCommand {

    @ArgGroup(exclusive = false)
    private TlsOptions tls;

    @Option(
            names = "--criu",
            paramLabel = "PATH",
            description = "the criu program (with --images-dir: criu, from PATH)")
    private String criu;

    @Option(
            names = "--images-dir",
            paramLabel = "DIR",
            description = "the destination's folder of images")
    private Path imagesDir;

    @Option(
            names = "--listen",
            paramLabel = "ADDR:PORT|unix:PATH",
            converter = EndpointConverter.class,
            description = "an address that must be free for the proxy to listen on")
    private Endpoint listen;

    @Option(
            names = "--allow-restore",
            description = "check also what a destination needs to restore; with --images-dir")
    private boolean allowRestore;

    @Option(names = "--policy", paramLabel = "FILE", description = "the destination's policy file")
    private Path policyFile;

    @Option(
            names = "--connect",
            paramLabel = "HOST:PORT|unix:PATH",
            converter = EndpointConverter.class,
            description = "a destination to ask whether it would accept our sessions")
    private Endpoint connect;

    @Option(
            names = "--verify-name",
            paramLabel = "NAME",
            description = "the name in the destination's certificate if it differs from --connect")
    private String verifyName;

    @Option(
            names = "--handshake-timeout",
            paramLabel = "TIME",
            converter = Converters.ToDuration.class,
            defaultValue = "10s",
            description = "time limit for the destination's answer (default: ${DEFAULT-VALUE})")
    private Duration handshakeTimeout;

    @Override
    public Integer call() throws Exception {
        validate();
        return Findings.print(this::findings, commandLine().getOut());
    }

    private void validate() {
        if (tls == null
                && criu == null
                && imagesDir == null
                && policyFile == null
                && listen == null
                && connect == null) {
            throw wrong(
                    "nothing to check: give --cert, --key and --ca; --criu; --images-dir;"
                            + " --policy; --listen; --connect, or any of them");
        }
        if (allowRestore && imagesDir == null) {
            throw wrong("--allow-restore needs --images-dir");
        }
        if (connect != null && tls == null) {
            throw wrong("--connect " + connect + " needs --cert, --key and --ca");
        }
        if (connect != null) {
            destination().validate(commandLine(), tls.policy(commandLine()));
        }
        if (verifyName != null && connect == null) {
            throw wrong("--verify-name " + verifyName + " needs --connect");
        }
    }

    private List<Finding> findings(EventLoop loop) throws IOException, InterruptedException {
        List<Finding> findings = new ArrayList<>();
        if (tls != null) {
            CertificateCheck check =
                    new CertificateCheck(tls.unsafeKeyPermissions(), sides(), Instant.now());
            findings.addAll(check.run(tls.files()));
        }
        boolean certificateGood = findings.stream().allMatch(finding -> finding.exitCode() == 0);
        if (criu != null || imagesDir != null) {
            CriuCheck check = new CriuCheck(criu == null ? "criu" : criu);
            findings.addAll(check.run(loop, imagesDir == null || allowRestore));
        }
        if (criu != null && imagesDir == null) {
            findings.add(CriuCheck.ofLazyDumps());
        }
        if (allowRestore) {
            findings.add(CriuCheck.ofRestores());
        }
        if (imagesDir != null) {
            findings.add(ImagesDirCheck.run(imagesDir));
        }
        if (listen != null) {
            findings.add(ListenCheck.run(listen, loop));
        }
        if (policyFile != null) {
            findings.add(PolicyCheck.run(policyFile));
        }
        if (connect != null) {
            findings.add(
                    certificateGood
                            ? peerCheck().run(loop)
                            : Finding.skipped(
                                    PeerCheck.SUBJECT, "not tried: fix the certificate first"));
        }
        return findings;
    }

    /** The sides that the options are about. */
    private Set<Side> sides() {
        Set<Side> sides = EnumSet.noneOf(Side.class);
        if (connect != null) {
            sides.add(Side.SOURCE);
        }
        if (imagesDir != null || policyFile != null) {
            sides.add(Side.DESTINATION);
        }
        return sides;
    }

    private DestinationName destination() {
        return new DestinationName(connect, Optional.ofNullable(verifyName));
    }

    private PeerCheck peerCheck() throws IOException {
        return new PeerCheck(
                destination(),
                tls.files(),
                tls.unsafeKeyPermissions(),
                tls.policy(commandLine()),
                handshakeTimeout,
                HostFacts.local(Posix.pageSizeBytes()),
                Version.agent());
    }
}
