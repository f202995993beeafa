package io.pageproxy.simulator;

import io.pageproxy.pagestream.RecordLayout;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ByteChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A minimal page server process for benchmarks: it writes images that pass every check of their
 * lengths but discards the pages. It exits after one stream.
 *
 * <pre>
 *   --images-dir DIR --page-size N            the stream comes on standard input, a socket
 *   --images-dir DIR --page-size N --port 0   it comes on the loopback; "listening ADDR:PORT" says where
 * </pre>
 *
 * Other options of {@code criu page-server} are ignored.
 */
public final class BuiltInPageServer {
    private static final PageServerScript SCRIPT =
            PageServerScript.lying(PageServerScript.Lie.KEEPS_NO_CONTENT);

    private BuiltInPageServer() {}

    /**
     * Serves one stream.
     *
     * @throws IOException on failure, which results in exit code 1
     */
    public static void main(String[] args) throws IOException {
        List<String> words = List.of(args);
        Path folder = Path.of(value(words, "--images-dir").orElseThrow());
        int pageSizeBytes = Integer.parseInt(value(words, "--page-size").orElseThrow());
        PageSink sink = new PageSink(folder, Optional.empty(), pageSizeBytes, SCRIPT.lie());
        try (ByteChannel socket = words.contains("--port") ? accepted() : inherited()) {
            int code =
                    new PageServer(socket, sink, RecordLayout.BYTES_32, SCRIPT)
                            .run(System.err::println);
            if (code != 0) {
                throw new IOException("the stream was not served to its end");
            }
        }
    }

    private static ByteChannel accepted() throws IOException {
        try (ServerSocketChannel listener = ServerSocketChannel.open()) {
            listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            InetSocketAddress address = (InetSocketAddress) listener.getLocalAddress();
            System.out.println(
                    "listening " + address.getAddress().getHostAddress() + ":" + address.getPort());
            System.out.flush();
            return listener.accept();
        }
    }

    private static ByteChannel inherited() throws IOException {
        if (System.inheritedChannel() instanceof ByteChannel socket) {
            return socket;
        }
        throw new IOException("standard input is no connected socket");
    }

    private static Optional<String> value(List<String> words, String flag) {
        int at = words.indexOf(flag);
        return at < 0 || at + 1 == words.size() ? Optional.empty() : Optional.of(words.get(at + 1));
    }
}
