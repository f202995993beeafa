package io.pageproxy.it;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A dumper that says exactly what a test wants, in CRIU's own words: kernels without soft-dirty
 * tracking cannot pre-dump, and no real dumper waits in mid stream. See {@code criu/page-xfer.c}.
 */
final class ProtocolDumper implements AutoCloseable {
    private static final int OPEN2 = 4;
    private static final int PARENT = 5;
    private static final int ADD_F = 6;
    private static final int CLOSE = 0x1023;
    private static final int TYPE_PROCESS = 1;

    private final Criu layout;
    private final Socket socket = new Socket();
    private final DataInputStream in;

    ProtocolDumper(Criu layout, String address) throws IOException {
        int colon = address.lastIndexOf(':');
        int port = Integer.parseInt(address.substring(colon + 1));
        this.layout = layout;
        socket.setTcpNoDelay(true);
        socket.setSoTimeout((int) Command.PATIENCE.toMillis());
        socket.connect(new InetSocketAddress(address.substring(0, colon), port));
        this.in = new DataInputStream(socket.getInputStream());
    }

    /** Opens a process's pagemap; whether there is one of it in the parent. */
    boolean open(long pid) throws IOException {
        send(OPEN2, 0, 0, 0, pid);
        return in.readByte() != 0;
    }

    /** Asks whether a parent has that process; CRIU's answer. */
    int askForParent(long pid) throws IOException {
        send(PARENT, 0, 0, 0, pid);
        return Integer.reverseBytes(in.readInt());
    }

    /** Pages whose content follows, each full of {@code fill}. */
    void pages(long pid, long vaddr, int pages, int fill) throws IOException {
        byte[] content = new byte[pages * Images.PAGE_BYTES];
        Arrays.fill(content, (byte) fill);
        pages(pid, vaddr, content);
    }

    /** Whole pages. */
    void pages(long pid, long vaddr, byte[] content) throws IOException {
        send(ADD_F, Images.PRESENT, content.length / Images.PAGE_BYTES, vaddr, pid);
        socket.getOutputStream().write(content);
    }

    /** Pages that are to be found in the parent. */
    void hole(long pid, long vaddr, int pages) throws IOException {
        send(ADD_F, Images.PARENT, pages, vaddr, pid);
    }

    /** Says CLOSE; whether the answer is that all is well. */
    boolean finish() {
        try {
            send(CLOSE, 0, 0, 0, 0);
            return in.readInt() == 0;
        } catch (IOException reset) {
            return false;
        }
    }

    private void send(int command, int flags, long pages, long vaddr, long pid) throws IOException {
        ByteBuffer out = ByteBuffer.allocate(32).order(ByteOrder.LITTLE_ENDIAN);
        out.putInt(command | flags << 16);
        if (layout == Criu.BYTES_24) {
            out.putInt((int) pages);
        } else {
            out.putInt(0x5EED).putLong(pages); // C's padding may hold anything
        }
        out.putLong(vaddr).putLong(pid == 0 ? 0 : pid << 8 | TYPE_PROCESS);
        socket.getOutputStream().write(out.array(), 0, out.position());
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
