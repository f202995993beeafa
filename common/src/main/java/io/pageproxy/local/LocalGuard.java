package io.pageproxy.local;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.SocketChannel;
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

    /**
     * @param onRefused hears who was refused, and the mend; once for each user
     */
    public LocalGuard(LocalClient expected, LocalUsers users, Consumer<String> onRefused) {
        this.expected = expected;
        this.users = users;
        this.onRefused = onRefused;
    }

    /** Whether the client may stay; else it is closed. On its event loop. */
    public boolean admits(Channel client) {
        OptionalInt user = users.users().isEmpty() ? OptionalInt.empty() : LocalUsers.of(client);
        if (users.admit(user)) {
            return true;
        }
        cutOff(client);
        if (isFirst(user)) {
            onRefused.accept(words(user));
        }
        return false;
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
