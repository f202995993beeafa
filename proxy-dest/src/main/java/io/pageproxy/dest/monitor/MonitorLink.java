package io.pageproxy.dest.monitor;

import io.pageproxy.criu.Task;
import io.pageproxy.dest.images.HeldImages;
import io.pageproxy.dest.lazy.LazyPages;
import io.pageproxy.dest.monitor.MonitorMessage.Kind;
import io.pageproxy.dest.restore.RestorePrograms;
import io.pageproxy.dest.restore.Restores;
import io.pageproxy.monitor.NetworkProcess;
import io.pageproxy.posix.PacketSocket;
import io.pageproxy.process.ChildProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The network process's side: has the programs of restores run by the monitor, which is its parent.
 * Thread-safe.
 */
public final class MonitorLink implements RestorePrograms {
    /** How many restores that have ended may still be asked what they have left. */
    private static final int MAX_OVER = 256;

    private final PacketSocket socket;
    private final Path imagesDir;
    private final Map<Integer, MonitorEvents> open = new ConcurrentHashMap<>();
    private final AtomicInteger ids = new AtomicInteger();

    /** Of the reading thread. */
    private final Queue<Integer> over = new ArrayDeque<>();

    private MonitorLink(PacketSocket socket, Path imagesDir) {
        this.socket = socket;
        this.imagesDir = imagesDir;
    }

    /**
     * Takes over the inherited descriptor.
     *
     * @param onMonitorGone called once when the monitor has ended; on a thread of its own
     */
    public static MonitorLink inherited(Path imagesDir, Runnable onMonitorGone) throws IOException {
        return over(NetworkProcess.monitorOfThis(), imagesDir, onMonitorGone);
    }

    static MonitorLink over(PacketSocket socket, Path imagesDir, Runnable onMonitorGone)
            throws IOException {
        MonitorLink link = new MonitorLink(socket, imagesDir.toRealPath());
        Thread reader = new Thread(() -> link.read(onMonitorGone), "monitor");
        reader.setDaemon(true);
        reader.start();
        return link;
    }

    private void read(Runnable onMonitorGone) {
        try {
            Optional<PacketSocket.Packet> packet = socket.receive(MonitorMessage.MAX_EVENT_BYTES);
            for (; packet.isPresent(); packet = socket.receive(MonitorMessage.MAX_EVENT_BYTES)) {
                MonitorMessage event = MonitorMessage.decode(packet.get().bytes());
                MonitorEvents events = open.get(event.id());
                if (events != null) {
                    events.on(event, packet.get().descriptor());
                    forgetIfOver(event.id(), events);
                }
            }
        } catch (IOException e) {
            socket.close(); // As if it had ended.
        }
        open.values().forEach(MonitorEvents::onMonitorGone);
        onMonitorGone.run();
    }

    private void forgetIfOver(int id, MonitorEvents events) {
        if (events.isOver() && !over.contains(id)) {
            over.add(id);
        }
        if (over.size() > MAX_OVER) {
            open.remove(over.remove());
        }
    }

    /** Tells the monitor that SIGHUP can be handled. */
    public void listeningForSignals() throws IOException {
        send(new MonitorMessage(Kind.LISTENING_FOR_SIGNALS, 0));
    }

    /** Events about an id are told from now on. */
    private <T extends MonitorEvents> T open(int id, T events) {
        open.put(id, events);
        return events;
    }

    private void send(MonitorMessage request) throws IOException {
        socket.send(request.encode(), OptionalInt.empty());
    }

    /** The name of a session's folder as the monitor knows it. */
    private String name(Path folder) {
        return imagesDir.relativize(folder).toString();
    }

    /** The monitor copies the images when they are released. */
    @Override
    public HeldImages hold(Path folder) {
        return new MonitoredImages();
    }

    @Override
    public Restores.Paused start(Path folder, boolean lazy, int reader) throws IOException {
        MonitoredRestore restore = open(reader, new MonitoredRestore(reader, folder, this::send));
        restore.program().start(Kind.RESTORE, lazy ? 1 : 0, name(folder));
        return restore;
    }

    /** A program's number is its id. */
    private final class MonitoredImages implements HeldImages {
        private final Set<Integer> readers = ConcurrentHashMap.newKeySet();

        @Override
        public int addReader() {
            int id = ids.incrementAndGet();
            readers.add(id);
            return id;
        }

        @Override
        public void release(int reader) throws IOException {
            if (!(open.get(reader) instanceof ProgramEvents known)) {
                throw new IOException("it has ended");
            }
            known.program().release();
            readers.remove(reader);
        }

        @Override
        public void release() throws IOException {
            for (int reader : readers) {
                release(reader);
            }
        }

        @Override
        public void close() {
            for (int reader : readers) {
                if (open.get(reader) instanceof ProgramEvents known) {
                    known.program().request(Kind.NO_IMAGES, 0);
                }
            }
            readers.clear();
        }
    }

    /** This process has an ordinary user's rights. */
    @Override
    public boolean tellsFiles() {
        return false;
    }

    @Override
    public LazyPages lazyPages() {
        return new LazyPages() {
            @Override
            public ChildProcess launch(Path folder, int reader) throws IOException {
                MonitoredDaemon daemon =
                        open(reader, new MonitoredDaemon(reader, folder, MonitorLink.this::send));
                daemon.program().start(Kind.LAZY_PAGES, 0, name(folder));
                return daemon;
            }

            @Override
            public void awaitListening(Path folder, ChildProcess daemon) throws IOException {
                ((MonitoredDaemon) daemon).awaitListening();
            }
        };
    }

    @Override
    public Restores.Watchdog watch(Task root, OptionalInt kept) throws IOException {
        int id = ids.incrementAndGet();
        MonitoredWatchdog watchdog = open(id, new MonitoredWatchdog(this::send));
        MonitorMessage request = new MonitorMessage(Kind.WATCH, id, root.pid());
        watchdog.start(id, () -> socket.send(request.encode(), kept));
        return watchdog;
    }
}
