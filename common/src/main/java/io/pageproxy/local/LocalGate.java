package io.pageproxy.local;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.SocketChannel;
import java.util.HashSet;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Lets the first client of a user who may in, and closes the port behind it. Everybody else is cut
 * off, over TCP by a reset, before a byte is read, and the port stays open.
 */
final class LocalGate extends ChannelInitializer<Channel> {
    private final LocalClient expected;
    private final LocalUsers users;
    private final ChannelHandler initializer;
    private final Consumer<String> onRefused;

    /** Each is told of once, so that a stranger cannot fill a log. */
    private final Set<OptionalInt> refused = new HashSet<>();

    private boolean taken;

    /**
     * @param initializer gives the client's socket its pipeline
     * @param onRefused hears who was refused, and the mend; once for each user
     */
    LocalGate(
            LocalClient expected,
            LocalUsers users,
            ChannelHandler initializer,
            Consumer<String> onRefused) {
        this.expected = expected;
        this.users = users;
        this.initializer = initializer;
        this.onRefused = onRefused;
    }

    @Override
    protected void initChannel(Channel client) {
        if (taken) {
            cutOff(client);
            return;
        }
        OptionalInt user = users.users().isEmpty() ? OptionalInt.empty() : LocalUsers.of(client);
        if (!users.admit(user)) {
            cutOff(client);
            if (refused.add(user)) {
                onRefused.accept(words(user));
            }
            return;
        }
        taken = true;
        client.parent().close();
        client.pipeline().addLast(initializer);
    }

    private static void cutOff(Channel client) {
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
