package io.pageproxy.source.ingress;

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
 * Lets the first dumper of a user who may in, and closes the port behind it. Everybody else is cut
 * off, over TCP by a reset, before a byte is read, and the port stays open.
 */
final class DumperGate extends ChannelInitializer<Channel> {
    private final DumperUsers users;
    private final ChannelHandler initializer;
    private final Consumer<String> onRefused;

    /** Each is told of once, so that a stranger cannot fill a log. */
    private final Set<OptionalInt> refused = new HashSet<>();

    private boolean taken;

    /**
     * @param initializer gives the dumper's socket its pipeline
     * @param onRefused hears who was refused, and the mend; once for each user
     */
    DumperGate(DumperUsers users, ChannelHandler initializer, Consumer<String> onRefused) {
        this.users = users;
        this.initializer = initializer;
        this.onRefused = onRefused;
    }

    @Override
    protected void initChannel(Channel dumper) {
        if (taken) {
            cutOff(dumper);
            return;
        }
        OptionalInt user = users.users().isEmpty() ? OptionalInt.empty() : DumperUsers.of(dumper);
        if (!users.admit(user)) {
            cutOff(dumper);
            if (refused.add(user)) {
                onRefused.accept(words(user));
            }
            return;
        }
        taken = true;
        dumper.parent().close();
        dumper.pipeline().addLast(initializer);
    }

    private static void cutOff(Channel dumper) {
        if (dumper instanceof SocketChannel) {
            dumper.config().setOption(ChannelOption.SO_LINGER, 0);
        }
        dumper.close();
    }

    private static String words(OptionalInt user) {
        return user.isPresent()
                ? "a dumper of user "
                        + Integer.toUnsignedString(user.getAsInt())
                        + "; where it is the right one, say --dumper-uid "
                        + Integer.toUnsignedString(user.getAsInt())
                : "a dumper whose user cannot be told: it is not of this host, or left at once";
    }
}
