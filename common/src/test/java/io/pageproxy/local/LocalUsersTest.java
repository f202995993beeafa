package io.pageproxy.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.pageproxy.net.Endpoint;
import io.pageproxy.net.EventLoops;
import io.pageproxy.process.Posix;
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

/** Who gets to the dumper's place, and what becomes of a socket's file. */
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

    private static LocalUsers somebodyElse() throws IOException {
        return LocalUsers.only(Set.of(Posix.effectiveUser() + 4711));
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1:0", "[::]:0", UNIX})
    void ourOwnUserIsTheDumper(String kind) throws Exception {
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
    void anotherUserIsCutOffUnreadAndTheRightOneStillWaitedFor(String kind) throws Exception {
        try (LocalPort port = open(address(kind), somebodyElse())) {
            for (int attempt = 0; attempt < 3; attempt++) {
                try (SocketChannel stranger = connect(port)) {
                    assertCutOff(stranger);
                }
            }
            assertThat(dumper).isNotDone();
            assertThat(refused)
                    .as("told once a user")
                    .singleElement()
                    .asString()
                    .contains(
                            "user " + Posix.effectiveUser(),
                            "--dumper-uid " + Posix.effectiveUser());
        }
    }

    /** By a reset over TCP; AF_UNIX has none, there it is the end. */
    private static void assertCutOff(SocketChannel stranger) throws IOException {
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
    void oneThatLeavesAtOnceIsNobody() throws Exception {
        CompletableFuture<Void> gate = new CompletableFuture<>();
        try (LocalPort port = open(address("127.0.0.1:0"), LocalUsers.ownOrRoot())) {
            group.next().execute(gate::join); // The kernel lets it in, we look when it is gone.
            SocketChannel leaves = connect(port);
            leaves.setOption(StandardSocketOptions.SO_LINGER, 0);
            leaves.close();
            gate.complete(null);
            Awaitility.await().until(() -> !refused.isEmpty());
            assertThat(refused.get(0)).contains("cannot be told");
            assertThat(dumper).isNotDone();
        }
    }

    @Test
    void aSocketsFileIsItsOwnersAndGoesWithThePort() throws Exception {
        try (LocalPort port = open(address(UNIX), LocalUsers.ownOrRoot())) {
            assertThat(permissions()).isEqualTo("rw-------");
            assertThat(port.address()).hasToString("unix:" + file());
        }
        assertThat(file()).doesNotExist();
    }

    @Test
    void aSocketsFileIsOpenToTheOthersThatAreNamed() throws Exception {
        try (LocalPort port = open(address(UNIX), somebodyElse())) {
            assertThat(permissions()).as("%s", port.address()).isEqualTo("rw-rw-rw-");
        }
    }

    private String permissions() throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file()));
    }

    @Test
    void aSocketsFileIsGoneWhenTheDumperIsThere() throws Exception {
        try (LocalPort port = open(address(UNIX), LocalUsers.ownOrRoot());
                SocketChannel ours = connect(port)) {
            assertThat(ours.isConnected()).isTrue();
            Awaitility.await().untilAsserted(() -> assertThat(file()).doesNotExist());
        }
    }

    @Test
    void aSocketThatNobodyListensAtIsReplaced() throws Exception {
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
    void aSocketThatSomebodyListensAtIsLeftAloneAndNotDisturbed() throws Exception {
        try (LocalPort first = open(address(UNIX), LocalUsers.ownOrRoot())) {
            assertThatThrownBy(() -> open(address(UNIX), LocalUsers.ownOrRoot()))
                    .isInstanceOf(IOException.class)
                    .hasMessageContainingAll("--listen unix:" + file(), "somebody listens");
            assertThat(dumper).isNotDone();
            try (SocketChannel ours = connect(first)) {
                assertThat(ours.isConnected()).isTrue();
                assertThat(dumper).succeedsWithin(10, TimeUnit.SECONDS);
            }
        }
    }

    @Test
    void aFileThatIsNoSocketIsLeftAlone() throws Exception {
        Files.writeString(file(), "precious");

        assertThatThrownBy(() -> open(address(UNIX), LocalUsers.ownOrRoot()))
                .isInstanceOf(IOException.class)
                .hasMessageContainingAll("--listen unix:" + file(), "no socket");
        assertThat(file()).hasContent("precious");
    }

    @Test
    void aFolderThatIsMissingIsNamed() {
        Endpoint missing = Endpoint.parse("unix:" + folder.resolve("none/sock"));

        assertThatThrownBy(() -> open(missing, LocalUsers.ownOrRoot()))
                .isInstanceOf(IOException.class)
                .hasMessageContainingAll("--listen " + missing, "No such file");
    }

    @Test
    void aPathThatNoSocketCanHaveIsRefusedWithItsLength() {
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
