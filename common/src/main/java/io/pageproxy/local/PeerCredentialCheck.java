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
 * Checks the user of each client and disconnects those that are not permitted before a byte is read
 * from them; over TCP by a reset. Thread-safe.
 */
public final class PeerCredentialCheck {
    private final LocalClient expected;
    private final LocalUsers users;
    private final Consumer<String> onRefused;

    /** Users that were refused. Each is reported once, so that a stranger cannot flood the log. */
    private final Set<OptionalInt> refused = new HashSet<>();

    private final UserLookup lookup;

    /** Whether the last user lookup failed; reported once until a lookup succeeds again. */
    private boolean lookupFailing;

    /** Looks up the user at the other end of a connection. */
    @FunctionalInterface
    interface UserLookup {
        OptionalInt userOf(Channel client) throws IOException;
    }

    /**
     * @param onRefused receives a message about each refused user and the remedy, once per user
     */
    public PeerCredentialCheck(LocalClient expected, LocalUsers users, Consumer<String> onRefused) {
        this(expected, users, onRefused, LocalUsers::queryUser);
    }

    PeerCredentialCheck(
            LocalClient expected, LocalUsers users, Consumer<String> onRefused, UserLookup lookup) {
        this.lookup = lookup;
        this.expected = expected;
        this.users = users;
        this.onRefused = onRefused;
    }

    /**
     * Returns whether the client is permitted, and closes its connection if not. Call it on the
     * client's event loop.
     */
    public boolean admits(Channel client) {
        if (users.users().isEmpty()) {
            return true;
        }
        OptionalInt user;
        try {
            user = lookup.userOf(client);
            setLookupFailing(false);
        } catch (IOException e) {
            disconnect(client);
            if (setLookupFailing(true)) {
                onRefused.accept(
                        "a "
                                + expected.name()
                                + ", since its user cannot be determined: "
                                + FailureText.of(e));
            }
            return false;
        }
        if (users.admit(user)) {
            return true;
        }
        disconnect(client);
        if (isFirst(user)) {
            onRefused.accept(describe(user));
        }
        return false;
    }

    /** Updates the failure state and returns whether it has changed. */
    private synchronized boolean setLookupFailing(boolean now) {
        boolean changed = lookupFailing != now;
        lookupFailing = now;
        return changed;
    }

    private synchronized boolean isFirst(OptionalInt user) {
        return refused.add(user);
    }

    static void disconnect(Channel client) {
        if (client instanceof SocketChannel) {
            client.config().setOption(ChannelOption.SO_LINGER, 0);
        }
        client.close();
    }

    private String describe(OptionalInt user) {
        return user.isPresent()
                ? "a "
                        + expected.name()
                        + " of user "
                        + Integer.toUnsignedString(user.getAsInt())
                        + "; if it is the right one, use "
                        + expected.usersOption()
                        + " "
                        + Integer.toUnsignedString(user.getAsInt())
                : "a "
                        + expected.name()
                        + " whose user is unknown: it is on another host, or has left already";
    }
}
