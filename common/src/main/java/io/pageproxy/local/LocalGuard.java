package io.pageproxy.local;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.SocketChannel;
import io.pageproxy.text.FailureText;
import java.io.IOException;
import java.util.HashSet;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Cuts off clients whose user may not come, over TCP by a reset, before a byte of them is read. Any
 * thread.
 */
public final class LocalGuard {
    private final LocalClient expected;
    private final LocalUsers users;
    private final Consumer<String> onRefused;

    /** Each is told of once, so that a stranger cannot fill a log. */
    private final Set<OptionalInt> refused = new HashSet<>();

    private final UserLookup lookup;

    /** So is a failure to ask, until it works again. */
    private boolean failureTold;

    /** Finds out which user is at the other end. */
    @FunctionalInterface
    interface UserLookup {
        OptionalInt userOf(Channel client) throws IOException;
    }

    /**
     * @param onRefused hears who was refused, and the mend; once for each user
     */
    public LocalGuard(LocalClient expected, LocalUsers users, Consumer<String> onRefused) {
        this(expected, users, onRefused, LocalUsers::ask);
    }

    LocalGuard(
            LocalClient expected, LocalUsers users, Consumer<String> onRefused, UserLookup lookup) {
        this.lookup = lookup;
        this.expected = expected;
        this.users = users;
        this.onRefused = onRefused;
    }

    /** Whether the client may stay; else it is closed. On its event loop. */
    public boolean admits(Channel client) {
        if (users.users().isEmpty()) {
            return true;
        }
        OptionalInt user;
        try {
            user = lookup.userOf(client);
            failureTold(false);
        } catch (IOException e) {
            cutOff(client);
            if (failureTold(true)) {
                onRefused.accept(
                        "a "
                                + expected.name()
                                + ", since its user cannot be asked for: "
                                + FailureText.of(e));
            }
            return false;
        }
        if (users.admit(user)) {
            return true;
        }
        cutOff(client);
        if (isFirst(user)) {
            onRefused.accept(words(user));
        }
        return false;
    }

    /** Whether that is new. */
    private synchronized boolean failureTold(boolean now) {
        boolean changed = failureTold != now;
        failureTold = now;
        return changed;
    }

    private synchronized boolean isFirst(OptionalInt user) {
        return refused.add(user);
    }

    static void cutOff(Channel client) {
        if (client instanceof SocketChannel) {
            client.config().setOption(ChannelOption.SO_LINGER, 0);
        }
        client.close();
    }

    private String words(OptionalInt user) {
        return user.isPresent()
                ? "a "
                        + expected.name()
                        + " of user "
                        + Integer.toUnsignedString(user.getAsInt())
                        + "; where it is the right one, say "
                        + expected.usersOption()
                        + " "
                        + Integer.toUnsignedString(user.getAsInt())
                : "a "
                        + expected.name()
                        + " whose user cannot be told: it is not of this host, or left at once";
    }
}
