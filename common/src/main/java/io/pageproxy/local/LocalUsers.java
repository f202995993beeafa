package io.pageproxy.local;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.pageproxy.process.Posix;
import io.pageproxy.process.SocketOwners;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Who of this host may connect.
 *
 * @param users the users by number; empty: whoever reaches the address
 */
public record LocalUsers(Optional<Set<Integer>> users) {
    private static final int ROOT = 0;

    /** See tcp_states.h of Linux. */
    private static final int TCP_ESTABLISHED = 1;

    public LocalUsers {
        users = users.map(Set::copyOf);
    }

    /** Only these. */
    public static LocalUsers only(Set<Integer> users) {
        return new LocalUsers(Optional.of(users));
    }

    /**
     * The user that this process acts as, and root.
     *
     * @throws IOException where it cannot be found out; says how to mend it
     */
    public static LocalUsers ownOrRoot() throws IOException {
        return only(new HashSet<>(List.of(ROOT, Posix.effectiveUser())));
    }

    /**
     * What an option says: these, or where it was not given the user of this process and root.
     *
     * @throws IOException where that user cannot be found out
     */
    public static LocalUsers onlyOrOwn(Set<Integer> users) throws IOException {
        return users.isEmpty() ? ownOrRoot() : only(users);
    }

    /** Whoever reaches the address, from this host or another. */
    public static LocalUsers anybody() {
        return new LocalUsers(Optional.empty());
    }

    /** Whether somebody may who is neither root nor that user. */
    boolean othersThan(int user) {
        return users.isEmpty()
                || users.get().stream().anyMatch(other -> other != user && other != ROOT);
    }

    /**
     * Whether the process at the other end of a connected socket is one of theirs.
     *
     * @throws IOException where the kernel cannot be asked, as for want of a descriptor: then
     *     nothing is known of that process
     */
    public boolean admits(Channel connected) throws IOException {
        return users.isEmpty() || admit(ask(connected));
    }

    /** Whether that user may be it; one whom nobody knows may not. */
    boolean admit(OptionalInt user) {
        return users.isEmpty() || (user.isPresent() && users.get().contains(user.getAsInt()));
    }

    /** Who is at the other end of a connected Unix socket, such as {@code user 1000}. */
    public static String describe(Channel connected) {
        OptionalInt user =
                connected instanceof EpollDomainSocketChannel ? of(connected) : OptionalInt.empty();
        return user.isPresent() ? "user " + Integer.toUnsignedString(user.getAsInt()) : "-";
    }

    /**
     * The user at the other end of an accepted socket; empty where that cannot be told, as of
     * another host's, or of one that is closed again. Nothing is read from it.
     */
    static OptionalInt of(Channel accepted) {
        try {
            return ask(accepted);
        } catch (IOException e) {
            return OptionalInt.empty();
        }
    }

    /**
     * The user at the other end of an accepted socket; empty for another host's, or one that is
     * closed again.
     *
     * @throws IOException where the kernel cannot be asked, as for want of a descriptor
     */
    static OptionalInt ask(Channel accepted) throws IOException {
        if (accepted instanceof EpollDomainSocketChannel unix) {
            return unix.isActive()
                    ? OptionalInt.of(unix.peerCredentials().uid())
                    : OptionalInt.empty();
        }
        EpollSocketChannel tcp = (EpollSocketChannel) accepted;
        OptionalInt owner = SocketOwners.of(tcp.remoteAddress(), tcp.localAddress());
        // Asked last: while ours is connected nobody else can have the other end's port.
        return isConnected(tcp) ? owner : OptionalInt.empty();
    }

    private static boolean isConnected(EpollSocketChannel tcp) {
        try {
            return tcp.tcpInfo().state() == TCP_ESTABLISHED;
        } catch (ChannelException closed) {
            return false;
        }
    }
}
