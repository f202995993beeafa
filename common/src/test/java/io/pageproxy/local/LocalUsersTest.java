package io.pageproxy.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.pageproxy.net.Endpoint;
import io.pageproxy.net.EventLoops;
import io.pageproxy.posix.Posix;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Access of users to the dumper's port, and the life of its socket file. */
@Timeout(30)
class LocalUsersTest {
    private static final String UNIX = "unix";
    private static final LocalClient DUMPER = new LocalClient("dumper", "--listen", "--dumper-uid");

    @TempDir Path folder;

    private final EventLoopGroup group = EventLoops.create("test", 1);
    private final CompletableFuture<Channel> dumper = new CompletableFuture<>();
    private final List<String> refused = Collections.synchronizedList(new ArrayList<>());

    @AfterEach
    void close() {
        group.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    private Endpoint address(String kind) {
        return Endpoint.parse(kind.equals(UNIX) ? UNIX + ":" + file() : kind);
    }

    private Path file() {
        return folder.resolve("dumper.sock");
    }

    private LocalPort open(Endpoint address, LocalUsers users) throws Exception {
        ChannelInitializer<Channel> pipeline =
                new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        dumper.complete(channel);
                    }
                };
        return LocalPort.open(address, DUMPER, users, group.next(), pipeline, refused::add);
    }

    private static SocketChannel connect(LocalPort port) throws IOException {
        if (port.address() instanceof Endpoint.UnixSocket unix) {
            return SocketChannel.open(UnixDomainSocketAddress.of(unix.path()));
        }
        int number = ((Endpoint.Tcp) port.address()).address().port();
        return SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), number));
    }

    private static LocalUsers anotherUser() throws IOException {
        return LocalUsers.only(Set.of(Posix.effectiveUser() + 4711));
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1:0", "[::]:0", UNIX})
    void ownUserIsAccepted(String kind) throws Exception {
        try (LocalPort port = open(address(kind), LocalUsers.ownOrRoot());
                SocketChannel ours = connect(port)) {
            assertThat(dumper).succeedsWithin(10, TimeUnit.SECONDS);
            assertThat(ours.isConnected()).isTrue();
            assertThat(refused).isEmpty();
            assertThatThrownBy(() -> connect(port)).isInstanceOf(IOException.class);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1:0", "[::]:0", UNIX})
    void otherUserIsDisconnectedUnreadWhilePortStaysOpen(String kind) throws Exception {
        try (LocalPort port = open(address(kind), anotherUser())) {
            for (int attempt = 0; attempt < 3; attempt++) {
                try (SocketChannel stranger = connect(port)) {
                    assertDisconnected(stranger);
                }
            }
            assertThat(dumper).isNotDone();
            assertThat(refused)
                    .as("reported once per user")
                    .singleElement()
                    .asString()
                    .contains(
                            "user " + Posix.effectiveUser(),
                            "--dumper-uid " + Posix.effectiveUser());
        }
    }

    /** Expects a reset over TCP and an end of stream over AF_UNIX, which has no reset. */
    private static void assertDisconnected(SocketChannel stranger) throws IOException {
        stranger.configureBlocking(false);
        Awaitility.await("cut off")
                .until(
                        () -> {
                            try {
                                int bytes = stranger.read(ByteBuffer.allocate(1));
                                return bytes < 0 && isUnix(stranger);
                            } catch (IOException reset) {
                                return true;
                            }
                        });
    }

    private static boolean isUnix(SocketChannel channel) throws IOException {
        return channel.getRemoteAddress() instanceof UnixDomainSocketAddress;
    }

    @Test
    void clientThatLeavesAtOnceHasNoUser() throws Exception {
        CompletableFuture<Void> gate = new CompletableFuture<>();
        try (LocalPort port = open(address("127.0.0.1:0"), LocalUsers.ownOrRoot())) {
            group.next()
                    .execute(gate::join); // The kernel accepts the client; its user is looked up
            // after it has left.
            SocketChannel leaves = connect(port);
            leaves.setOption(StandardSocketOptions.SO_LINGER, 0);
            leaves.close();
            gate.complete(null);
            Awaitility.await().until(() -> !refused.isEmpty());
            assertThat(refused.get(0)).contains("whose user is unknown");
            assertThat(dumper).isNotDone();
        }
    }

    @Test
    void socketFileIsPrivateAndRemovedWithPort() throws Exception {
        try (LocalPort port = open(address(UNIX), LocalUsers.ownOrRoot())) {
            assertThat(permissions()).isEqualTo("rw-------");
            assertThat(port.address()).hasToString("unix:" + file());
        }
        assertThat(file()).doesNotExist();
    }

    @Test
    void socketFileIsOpenWhenOtherUsersArePermitted() throws Exception {
        try (LocalPort port = open(address(UNIX), anotherUser())) {
            assertThat(permissions()).as("%s", port.address()).isEqualTo("rw-rw-rw-");
        }
    }

    private String permissions() throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file()));
    }

    @Test
    void socketFileIsRemovedOnceDumperHasConnected() throws Exception {
        try (LocalPort port = open(address(UNIX), LocalUsers.ownOrRoot());
                SocketChannel ours = connect(port)) {
            assertThat(ours.isConnected()).isTrue();
            Awaitility.await().untilAsserted(() -> assertThat(file()).doesNotExist());
        }
    }

    @Test
    void staleSocketFileIsReplaced() throws Exception {
        try (ServerSocketChannel old = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            old.bind(UnixDomainSocketAddress.of(file()));
        }
        assertThat(file()).exists();
        try (LocalPort port = open(address(UNIX), LocalUsers.ownOrRoot());
                SocketChannel ours = connect(port)) {
            assertThat(ours.isConnected()).isTrue();
        }
    }

    @Test
    void socketFileInUseIsLeftAlone() throws Exception {
        try (LocalPort first = open(address(UNIX), LocalUsers.ownOrRoot())) {
            assertThatThrownBy(() -> open(address(UNIX), LocalUsers.ownOrRoot()))
                    .isInstanceOf(IOException.class)
                    .hasMessageContainingAll("--listen unix:" + file(), "another process listens");
            assertThat(dumper).isNotDone();
            try (SocketChannel ours = connect(first)) {
                assertThat(ours.isConnected()).isTrue();
                assertThat(dumper).succeedsWithin(10, TimeUnit.SECONDS);
            }
        }
    }

    @Test
    void fileThatIsNoSocketIsLeftAlone() throws Exception {
        Files.writeString(file(), "precious");

        assertThatThrownBy(() -> open(address(UNIX), LocalUsers.ownOrRoot()))
                .isInstanceOf(IOException.class)
                .hasMessageContainingAll("--listen unix:" + file(), "is not a socket");
        assertThat(file()).hasContent("precious");
    }

    @Test
    void missingFolderIsReported() {
        Endpoint missing = Endpoint.parse("unix:" + folder.resolve("none/sock"));

        assertThatThrownBy(() -> open(missing, LocalUsers.ownOrRoot()))
                .isInstanceOf(IOException.class)
                .hasMessageContainingAll("--listen " + missing, "No such file");
    }

    @Test
    void pathTooLongForSocketIsReportedWithItsLength() {
        String longest = "/" + "x".repeat(106);

        assertThat(Endpoint.parse("unix:" + longest)).hasToString("unix:" + longest);
        assertThatThrownBy(() -> Endpoint.parse("unix:" + longest + "é"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("109 bytes", "1 to 107");
        assertThatThrownBy(() -> Endpoint.parse("unix:"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("0 bytes");
    }
}
