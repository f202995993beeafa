package io.pageproxy.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.Errors.NativeIoException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class FailureTextTest {
    private static final String HINT =
            "Too many open files; raise the limit (ulimit -n, or LimitNOFILE= of a systemd unit)";

    static {
        Epoll.ensureAvailability(); // Loads the native library that NativeIoException needs.
    }

    static Stream<Arguments> failures() {
        return Stream.of(
                arguments(
                        new NativeIoException("recvAddress", -104, false),
                        "Connection reset by peer"),
                arguments(new NativeIoException("accept4", -24, false), HINT),
                arguments(
                        new ConnectException(
                                "connect(..) failed with error(-111): Connection refused:"
                                        + " localhost/127.0.0.1:9"),
                        "Connection refused"),
                arguments(
                        new NoRouteToHostException(
                                "connect(..) failed with error(-113): No route to host:"
                                        + " /192.0.2.1:9"),
                        "No route to host"),
                arguments(
                        new ConnectTimeoutException(
                                "connection timed out after 500 ms: localhost/127.0.0.1:9"),
                        "connection timed out after 500 ms"),
                arguments(
                        new IOException("socket cannot be had: Too many open files"),
                        "socket cannot be had: " + HINT),
                arguments(
                        new UncheckedIOException(new NoSuchFileException("/srv/web/inventory.img")),
                        "there is no /srv/web/inventory.img"),
                arguments(new UnresolvedAddressException(), "the host name cannot be resolved"),
                arguments(new UnknownHostException("x"), "the host name cannot be resolved"),
                arguments(new ClosedChannelException(), "the connection is closed"),
                arguments(
                        new CompletionException(new ClosedChannelException()),
                        "the connection is closed"),
                arguments(new FileNotFoundException(), "No such file or directory"),
                arguments(new NoSuchFileException("/a"), "there is no /a"),
                arguments(new AccessDeniedException("/a"), "permission denied for /a"),
                arguments(
                        new FileSystemException("/a", null, "Too many open files"), HINT + ": /a"),
                arguments(
                        new SSLHandshakeException(
                                "error:10000438:SSL routines:OPENSSL_internal:TLSV1_ALERT_INTERNAL_ERROR"),
                        "TLS error TLSV1_ALERT_INTERNAL_ERROR"),
                arguments(new IllegalStateException(), "unexpected IllegalStateException"),
                arguments(new IOException("own words\u001b"), "own words?"));
    }

    @ParameterizedTest
    @MethodSource("failures")
    void failureIsDescribedInPlainWords(Throwable failure, String description) {
        assertThat(FailureText.of(failure)).isEqualTo(description);
    }
}
