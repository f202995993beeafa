package io.pageproxy.it;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;

/**
 * Clients that connect to a port repeatedly, from many loopback addresses, and never authenticate.
 * A fixed number of connections is open at a time; when one ends, the next one is opened.
 */
final class Strangers implements AutoCloseable {
    private static final int ADDRESSES = 249;

    /** One in this many connections comes from the same address. */
    private static final int BUSY_ONE = 10;

    private static final int GARBAGE_BYTES = 4096;
    private static final int HELLOS = 16;
    private static final long SLOW_BYTE_MILLIS = 1000;
    private static final long SELECT_MILLIS = 50;

    private final InetSocketAddress port;
    private final int atATime;
    private final List<byte[]> hellos = new ArrayList<>();
    private final List<byte[]> oldHellos = new ArrayList<>();
    private final ByteBuffer answers = ByteBuffer.allocate(64 << 10);
    private final Thread thread = new Thread(this::run, "strangers");

    private volatile boolean stopped;
    private final AtomicInteger count = new AtomicInteger();
    private volatile RuntimeException failure;

    /** What a client sends. */
    private enum Manner {
        /** Sends nothing. */
        SILENT,
        /** Sends a valid ClientHello, one byte per second. */
        SLOW,
        /** Sends bytes that are not TLS. */
        GARBAGE,
        /** Sends a ClientHello of TLS 1.2. */
        OLD,
        /** Sends an HTTP request. */
        HTTP,
        /** Sends a valid ClientHello and nothing more. */
        HALF,
        /** Sends a valid ClientHello and closes. */
        LEAVING
    }

    /** A connection and the bytes that it still has to send. */
    private record Stranger(Manner manner, ByteBuffer words) {}

    /** Starts connecting immediately. */
    Strangers(String address, int atATime) throws GeneralSecurityException, SSLException {
        int colon = address.lastIndexOf(':');
        String host = address.substring(0, colon);
        this.port = new InetSocketAddress(host, Integer.parseInt(address.substring(colon + 1)));
        this.atATime = atATime;
        for (int i = 0; i < HELLOS; i++) {
            hellos.add(hello("TLSv1.3"));
            oldHellos.add(hello("TLSv1.2"));
        }
        thread.setDaemon(true);
        thread.start();
    }

    private static byte[] hello(String protocol) throws GeneralSecurityException, SSLException {
        SSLEngine engine = SSLContext.getDefault().createSSLEngine();
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setProtocols(new String[] {protocol});
        parameters.setApplicationProtocols(new String[] {"pageproxy/1"});
        engine.setUseClientMode(true);
        engine.setSSLParameters(parameters);
        ByteBuffer out = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
        engine.wrap(ByteBuffer.allocate(0), out);
        return Arrays.copyOf(out.array(), out.position());
    }

    /** Number of connections so far; throws an exception of the clients. */
    int count() {
        if (failure != null) {
            throw failure;
        }
        return count.get();
    }

    private void run() {
        try (Selector selector = Selector.open()) {
            long nextSlowNanos = System.nanoTime();
            while (!stopped) {
                while (selector.keys().size() < atATime && !stopped) {
                    connect(selector);
                    selector.selectNow(this::onReady);
                }
                selector.select(this::onReady, SELECT_MILLIS);
                if (System.nanoTime() - nextSlowNanos >= 0) {
                    nextSlowNanos = System.nanoTime() + SLOW_BYTE_MILLIS * 1_000_000;
                    List.copyOf(selector.keys()).forEach(this::sayOneByte);
                }
            }
            for (SelectionKey key : selector.keys()) {
                key.channel().close();
            }
        } catch (IOException e) {
            failure = new UncheckedIOException(e);
        }
    }

    private void connect(Selector selector) throws IOException {
        int number = count.getAndIncrement();
        SocketChannel channel = SocketChannel.open();
        channel.configureBlocking(false);
        int host = number % BUSY_ONE == 0 ? 0 : number % ADDRESSES;
        channel.bind(new InetSocketAddress("127.0.0." + (2 + host), 0));
        channel.connect(port);
        channel.register(selector, SelectionKey.OP_CONNECT, stranger(number));
    }

    private Stranger stranger(int number) {
        Manner manner = Manner.values()[number % Manner.values().length];
        byte[] words =
                switch (manner) {
                    case SILENT -> new byte[0];
                    case GARBAGE -> garbage(number);
                    case OLD -> oldHellos.get(number % HELLOS);
                    case HTTP -> "GET / HTTP/1.1\r\nHost: dest\r\n\r\n".getBytes(US_ASCII);
                    case SLOW, HALF, LEAVING -> hellos.get(number % HELLOS);
                };
        return new Stranger(manner, ByteBuffer.wrap(words));
    }

    private static byte[] garbage(int number) {
        byte[] garbage = new byte[GARBAGE_BYTES];
        new Random(number).nextBytes(garbage);
        return garbage;
    }

    private void onReady(SelectionKey key) {
        SocketChannel channel = (SocketChannel) key.channel();
        Stranger stranger = (Stranger) key.attachment();
        try {
            if (key.isConnectable()) {
                channel.finishConnect();
                key.interestOps(SelectionKey.OP_READ);
                if (stranger.manner() != Manner.SLOW) {
                    channel.write(stranger.words());
                }
            } else if (channel.read(answers.clear()) < 0 || stranger.manner() == Manner.LEAVING) {
                channel.close();
            }
        } catch (IOException refused) {
            close(channel);
        }
    }

    private void sayOneByte(SelectionKey key) {
        Stranger stranger = (Stranger) key.attachment();
        if (!key.isValid() || key.isConnectable() || stranger.manner() != Manner.SLOW) {
            return;
        }
        SocketChannel channel = (SocketChannel) key.channel();
        ByteBuffer words = stranger.words();
        try {
            if (words.hasRemaining() && channel.isConnected()) {
                channel.write(words.duplicate().limit(words.position() + 1));
                words.get();
            }
        } catch (IOException refused) {
            close(channel);
        }
    }

    private static void close(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Closes all connections. */
    @Override
    public void close() {
        stopped = true;
        try {
            thread.join(Command.TIMEOUT.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
