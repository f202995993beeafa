package io.pageproxy.cli.dest;

import io.pageproxy.cli.Termination;
import io.pageproxy.cli.options.OrdinaryUserConverter;
import io.pageproxy.dest.monitor.MonitorLink;
import io.pageproxy.monitor.NetworkProcess;
import io.pageproxy.monitor.OrdinaryUser;
import io.pageproxy.session.CloseReason;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The option that separates the process that speaks to the network from root's rights. */
final class UserOptions {
    private static final Logger LOG = LoggerFactory.getLogger(UserOptions.class);

    @Option(
            names = "--user",
            paramLabel = "USER",
            converter = OrdinaryUserConverter.class,
            description = {
                "started as root: what speaks to the network runs as this user, by number or name,",
                "with CAP_CHECKPOINT_RESTORE at most; root's rights stay with a small process that",
                "only restores, if --allow-restore is given"
            })
    private OrdinaryUser user;

    /**
     * Rejects what separates nothing.
     *
     * @throws ParameterException with the problem and its remedy
     */
    void validate(CommandLine command) throws IOException {
        if (user != null) {
            OrdinaryUserConverter.requireSeparable(command, user);
        }
    }

    /** Whether this process is to start another as the user, and to be its monitor. */
    boolean separates() {
        return user != null && !NetworkProcess.isThis();
    }

    /** Whether a user is given. */
    boolean given() {
        return user != null;
    }

    OrdinaryUser user() {
        return user;
    }

    /**
     * The monitor of this process, if it has one; without it this process ends.
     *
     * @throws IOException if it should be there and is not
     */
    Optional<MonitorLink> monitor(Path imagesDir) throws IOException {
        return NetworkProcess.isThis()
                ? Optional.of(MonitorLink.inherited(imagesDir, UserOptions::end))
                : Optional.empty();
    }

    private static void end() {
        LOG.error("the monitor, which this process was started by, has ended: it ends as well");
        Termination.endNow(CloseReason.LOCAL_FAILURE.exitCode());
    }
}
