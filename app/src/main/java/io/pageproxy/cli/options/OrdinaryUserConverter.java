package io.pageproxy.cli.options;

import io.pageproxy.monitor.NetworkProcess;
import io.pageproxy.monitor.OrdinaryUser;
import io.pageproxy.posix.Posix;
import java.io.IOException;
import picocli.CommandLine;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.ParameterException;

/** Converts the user of {@code --user}, given by number or name. */
public final class OrdinaryUserConverter implements ITypeConverter<OrdinaryUser> {
    private static final int ROOT = 0;

    @Override
    public OrdinaryUser convert(String value) throws IOException {
        return new OrdinaryUser(new UserConverter().convert(value), value);
    }

    /**
     * Rejects a user that separates nothing, unless this process runs as it already.
     *
     * @throws ParameterException with the problem and its remedy
     */
    public static void requireSeparable(CommandLine command, OrdinaryUser user) throws IOException {
        if (NetworkProcess.isThis()) {
            return;
        }
        if (user.id() == ROOT) {
            throw new ParameterException(
                    command, "--user " + user.name() + " has root's rights: give another user");
        }
        if (Posix.effectiveUser() != ROOT) {
            throw new ParameterException(
                    command,
                    "--user "
                            + user.name()
                            + ": only root can become another user; start "
                            + command.getCommandName()
                            + " as root, or leave out --user");
        }
    }
}
