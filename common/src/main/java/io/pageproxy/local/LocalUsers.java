package io.pageproxy.local;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.pageproxy.posix.Posix;
import io.pageproxy.posix.SocketOwners;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * The users of this host that may connect.
 *
 * @param users the numeric user IDs; empty if everybody who reaches the address may connect
 */
public record LocalUsers(Optional<Set<Integer>> users) {
    private static final int ROOT = 0;

    /** {@code TCP_ESTABLISHED} in Linux's tcp_states.h. */
    private static final int TCP_ESTABLISHED = 1;

    public LocalUsers {
        users = users.map(Set::copyOf);
    }

    /** Permits only these users. */
    public static LocalUsers only(Set<Integer> users) {
        return new LocalUsers(Optional.of(users));
    }

    /**
     * Permits the effective user of this process, and root.
     *
     * @throws IOException if the user cannot be determined; the message says what to do
     */
    public static LocalUsers ownOrRoot() throws IOException {
        return only(new HashSet<>(List.of(ROOT, Posix.effectiveUser())));
    }

    /**
     * Permits the users of an option, or, if none are given, the effective user of this process and
     * root.
     *
     * @throws IOException if that user cannot be determined
     */
    public static LocalUsers onlyOrOwn(Set<Integer> users) throws IOException {
        return users.isEmpty() ? ownOrRoot() : only(users);
    }

    /** Permits everybody who reaches the address, from this host or another. */
    public static LocalUsers anybody() {
        return new LocalUsers(Optional.empty());
    }

    /** Whether any user other than root and the given one is permitted. */
    boolean permitsOthersThan(int user) {
        return users.isEmpty()
                || users.get().stream().anyMatch(other -> other != user && other != ROOT);
    }

    /**
     * Returns whether the process at the other end of a connected socket runs as a permitted user.
     *
     * @throws IOException if the kernel cannot be queried, for example because no descriptor is
     *     left; the user is then unknown
     */
    public boolean admits(Channel connected) throws IOException {
        return users.isEmpty() || admit(queryUser(connected));
    }

    /** Returns whether a user is permitted; an unknown user is not. */
    boolean admit(OptionalInt user) {
        return users.isEmpty() || (user.isPresent() && users.get().contains(user.getAsInt()));
    }

    /**
     * Describes the user at the other end of a connected Unix socket, such as {@code user 1000}.
     */
    public static String describe(Channel connected) {
        OptionalInt user =
                connected instanceof EpollDomainSocketChannel ? of(connected) : OptionalInt.empty();
        return user.isPresent() ? "user " + Integer.toUnsignedString(user.getAsInt()) : "-";
    }

    /**
     * Returns the user at the other end of an accepted socket; empty if unknown, for example for a
     * remote host or a connection that is already closed. Reads nothing from the socket.
     */
    static OptionalInt of(Channel accepted) {
        try {
            return queryUser(accepted);
        } catch (IOException e) {
            return OptionalInt.empty();
        }
    }

    /**
     * Returns the user at the other end of an accepted socket; empty for a remote host or a
     * connection that is already closed.
     *
     * @throws IOException if the kernel cannot be queried, for example because no descriptor is
     *     left
     */
    static OptionalInt queryUser(Channel accepted) throws IOException {
        if (accepted instanceof EpollDomainSocketChannel unix) {
            return unix.isActive()
                    ? OptionalInt.of(unix.peerCredentials().uid())
                    : OptionalInt.empty();
        }
        EpollSocketChannel tcp = (EpollSocketChannel) accepted;
        OptionalInt owner = SocketOwners.of(tcp.remoteAddress(), tcp.localAddress());
        // Checked last: as long as our end is connected, no other process can take over the peer's
        // port.
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
