package io.pageproxy.it;

import java.io.Closeable;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.util.Arrays;

/**
 * A dumper that sends exactly what a test specifies in CRIU's protocol: kernels without soft-dirty
 * tracking cannot pre-dump, and no real dumper waits in the middle of the stream. See {@code
 * criu/page-xfer.c}.
 */
final class ProtocolDumper implements AutoCloseable {
    private static final int OPEN2 = 4;
    private static final int PARENT = 5;
    private static final int ADD_F = 6;
    private static final int CLOSE = 0x1023;
    private static final int TYPE_PROCESS = 1;

    private final Criu layout;
    private final Closeable socket;
    private final DataInputStream in;
    private final OutputStream out;

    /**
     * Connects a dumper.
     *
     * @param address a port, or {@code unix:} and a path
     */
    ProtocolDumper(Criu layout, String address) throws IOException {
        this.layout = layout;
        int colon = address.lastIndexOf(':');
        String behindColon = address.substring(colon + 1);
        if (address.startsWith("unix:")) {
            SocketChannel unix = SocketChannel.open(UnixDomainSocketAddress.of(behindColon));
            socket = unix;
            in = new DataInputStream(Channels.newInputStream(unix));
            out = Channels.newOutputStream(unix);
        } else {
            Socket tcp = new Socket();
            socket = tcp;
            tcp.setTcpNoDelay(true);
            tcp.setSoTimeout((int) Command.TIMEOUT.toMillis());
            tcp.connect(
                    new InetSocketAddress(
                            address.substring(0, colon), Integer.parseInt(behindColon)));
            in = new DataInputStream(tcp.getInputStream());
            out = tcp.getOutputStream();
        }
    }

    /** Opens a process's pagemap and returns whether the parent has one. */
    boolean open(long pid) throws IOException {
        send(OPEN2, 0, 0, 0, pid);
        return in.readByte() != 0;
    }

    /** Queries whether a parent has a process; returns CRIU's reply. */
    int askForParent(long pid) throws IOException {
        send(PARENT, 0, 0, 0, pid);
        return Integer.reverseBytes(in.readInt());
    }

    /** Sends pages with content, each filled with {@code fill}. */
    void pages(long pid, long vaddr, int pages, int fill) throws IOException {
        byte[] content = new byte[pages * Images.PAGE_BYTES];
        Arrays.fill(content, (byte) fill);
        pages(pid, vaddr, content);
    }

    /** Sends pages with content. */
    void pages(long pid, long vaddr, byte[] content) throws IOException {
        send(ADD_F, Images.PRESENT, content.length / Images.PAGE_BYTES, vaddr, pid);
        out.write(content);
    }

    /** Sends pages that are in the parent. */
    void hole(long pid, long vaddr, int pages) throws IOException {
        send(ADD_F, Images.PARENT, pages, vaddr, pid);
    }

    /** Whether the other end closes the connection without sending more; fails on a reset. */
    boolean isClosed() throws IOException {
        return in.read() < 0;
    }

    /** Whether the other end closes or resets the connection without sending more. */
    boolean isDisconnected() {
        try {
            return isClosed();
        } catch (IOException reset) {
            return true;
        }
    }

    /** Sends CLOSE and returns whether the reply is success. */
    boolean finish() {
        try {
            send(CLOSE, 0, 0, 0, 0);
            return in.readInt() == 0;
        } catch (IOException reset) {
            return false;
        }
    }

    private void send(int command, int flags, long pages, long vaddr, long pid) throws IOException {
        ByteBuffer record = ByteBuffer.allocate(32).order(ByteOrder.LITTLE_ENDIAN);
        record.putInt(command | flags << 16);
        if (layout == Criu.BYTES_24) {
            record.putInt((int) pages);
        } else {
            record.putInt(0x5EED).putLong(pages); // padding in C may hold anything
        }
        record.putLong(vaddr).putLong(pid == 0 ? 0 : pid << 8 | TYPE_PROCESS);
        out.write(record.array(), 0, record.position());
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
