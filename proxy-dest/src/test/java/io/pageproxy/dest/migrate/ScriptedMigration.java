package io.pageproxy.dest.migrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.embedded.EmbeddedChannel;
import io.pageproxy.dest.HeldWorkers;
import io.pageproxy.dest.Peers;
import io.pageproxy.dest.images.ImagesFolder;
import io.pageproxy.dest.images.ImagesSync;
import io.pageproxy.dest.lazy.DeafListener;
import io.pageproxy.dest.policy.SessionPolicy;
import io.pageproxy.dest.restore.Restores;
import io.pageproxy.dest.session.DestConfig;
import io.pageproxy.dest.session.DestLimits;
import io.pageproxy.dest.session.IncomingConnection;
import io.pageproxy.dest.session.SessionFacts;
import io.pageproxy.frame.Frame;
import io.pageproxy.frame.Frame.Attach;
import io.pageproxy.frame.Frame.Attached;
import io.pageproxy.frame.Frame.Block;
import io.pageproxy.frame.Frame.Committed;
import io.pageproxy.frame.Frame.File;
import io.pageproxy.frame.Frame.FileEnd;
import io.pageproxy.frame.Frame.FilesEnd;
import io.pageproxy.frame.Frame.Staged;
import io.pageproxy.frame.Frame.TurnLazy;
import io.pageproxy.frame.FrameDecoder;
import io.pageproxy.frame.FrameEncoder;
import io.pageproxy.hook.Hooks;
import io.pageproxy.local.LocalUsers;
import io.pageproxy.net.Endpoint;
import io.pageproxy.net.EventLoops;
import io.pageproxy.net.HostPort;
import io.pageproxy.peer.PeerIdentity;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.HostFacts;
import io.pageproxy.session.SessionReport;
import io.pageproxy.session.Timeouts;
import io.pageproxy.tls.TlsSessionInfo;
import io.pageproxy.tunnel.KeepaliveHandler;
import io.pageproxy.tunnel.Tunnel;
import io.pageproxy.tunnel.TunnelHandler;
import io.pageproxy.tunnel.TunnelListener;
import io.pageproxy.tunnel.WireCounter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;

/** The destination side of a migration with a scripted source and restore. */
public final class ScriptedMigration implements AutoCloseable {
    /** The source's certificate. */
    public static final PeerIdentity SOURCE = Peers.peer("source", "aa".repeat(32));

    /** The session's name. */
    public static final Optional<String> SESSION = Optional.of("web");

    static final byte[] CONTENT = {1, 2, 3};

    final Path folder;
    final ScriptedRestore restore = new ScriptedRestore();
    final EmbeddedChannel wire =
            new EmbeddedChannel(
                    new WireCounter(),
                    new FrameEncoder(),
                    new KeepaliveHandler(15_000),
                    new TunnelHandler(new Router()));
    private final EventLoopGroup group = EventLoops.create("test", 1);
    private final EventLoop loop = group.next();
    private final ExecutorService workers = Executors.newSingleThreadExecutor();
    private final EmbeddedChannel decoder = new EmbeddedChannel(new FrameDecoder());
    private final List<Frame> heard = new ArrayList<>();

    Hooks hooks = Hooks.NONE;
    long peerTimeoutMillis = 15_000;
    MigrationServices services;
    MigrationSession session;

    /** The answer to a Recommit. */
    CompletableFuture<Committed> answer = new CompletableFuture<>();

    private boolean lazy;
    private Optional<DeafListener> daemon = Optional.empty();

    /** Creates a migration that has not begun; the pages of a push session go into that folder. */
    public ScriptedMigration(Path folder) throws Exception {
        this.folder = folder.toRealPath();
        Files.writeString(this.folder.resolve("pagemap-1.img"), "pages");
        services = services(restore, SessionPolicy.ANY);
    }

    MigrationServices services(Restores restores, SessionPolicy policy) {
        DestLimits limits = DestLimits.DEFAULT;
        DestConfig config =
                new DestConfig(
                        new Endpoint.Tcp(new HostPort("127.0.0.1", 0)),
                        LocalUsers.anybody(),
                        folder,
                        limits,
                        ImagesSync.NONE,
                        new HostFacts("x86_64", 4096),
                        Timeouts.DEFAULT,
                        DestConfig.DEFAULT_PAGE_SERVER_TIMEOUT,
                        false,
                        "dest");
        return new MigrationServices(
                config,
                policy,
                restores,
                hooks,
                new MigrationRegistry(limits.sessions(), limits.migrationsPerPeer()),
                workers);
    }

    /** The services that all migrations share; the registry contains this migration. */
    public MigrationServices services() {
        return services;
    }

    /** The token by which the source may repeat its commit. */
    public String token() {
        return session.id().token();
    }

    /** Whether the tree was let run. */
    public boolean running() {
        return restore.running;
    }

    /** The event loop of the migration. */
    public EventLoop loop() {
        return loop;
    }

    IncomingConnection connection(PeerIdentity peer) {
        Tunnel tunnel = new Tunnel(wire, new TlsSessionInfo("TLSv1.3", "", "", peer));
        return new IncomingConnection(tunnel, loop, new SessionFacts("192.0.2.1:1", 4096));
    }

    Attach wanted(String name) {
        return new Attach("source", Optional.of(name), true, lazy, peerTimeoutMillis);
    }

    // ---- the way to each state

    void attach() throws Exception {
        ask();
        hears(Attached.class);
    }

    /** The source asks whether its tree is taken. */
    void ask() throws Exception {
        attach(wanted("web"));
    }

    void attach(Attach attach) throws Exception {
        onLoop(
                () ->
                        session =
                                (MigrationSession)
                                        new AttachHandler(services)
                                                .take(connection(SOURCE), attach)
                                                .orElseThrow());
    }

    void attachLazily() throws Exception {
        lazy = true;
        restore.beLazy(folder);
        Files.delete(folder.resolve("pagemap-1.img"));
        attach();
        daemon = Optional.of(DeafListener.take(lazyRestore().daemons(), loop));
    }

    /** The source asks for what may turn lazy, and its only round has come. */
    void attachAfterRounds(String migrationId) throws Exception {
        restore.beLazy(folder);
        Files.delete(folder.resolve("pagemap-1.img"));
        attach(
                new Attach(
                        "source",
                        SESSION,
                        true,
                        false,
                        peerTimeoutMillis,
                        Optional.of(migrationId),
                        Optional.empty(),
                        true));
        hears(Attached.class);
        heardSoFar().clear();
    }

    /** The source turns lazy, and the destination is ready for that. */
    void turnLazy() throws Exception {
        lazy = true;
        says(new TurnLazy("web-1"));
        hears(Attached.class);
        daemon = Optional.of(DeafListener.take(lazyRestore().daemons(), loop));
    }

    LazyRestore lazyRestore() {
        return session.lazyRestore().orElseThrow();
    }

    void pagesWhole() throws Exception {
        attach();
        ImagesFolder claimed = ImagesFolder.reopen(folder);
        services.registry().folderClaimed(SESSION, SOURCE, folder);
        onLoop(() -> assertThat(services.registry().pagesWhole(SESSION, SOURCE, claimed)).isTrue());
    }

    /** Brings the migration to the state in which the source may send its first file. */
    void waiting() throws Exception {
        if (session == null) {
            pagesWhole();
        }
    }

    void receiving() throws Exception {
        waiting();
        says(new File("core-1.img", CONTENT.length));
    }

    void allSent() throws Exception {
        receiving();
        says(block(0));
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(CONTENT);
        says(new FileEnd(HexFormat.of().formatHex(digest)));
        says(new FilesEnd(1, CONTENT.length));
    }

    void restoring() throws Exception {
        allSent();
        Path images = lazy ? folder.resolve("web") : folder;
        await().untilAsserted(() -> assertThat(images.resolve("core-1.img")).exists());
        assertThat(heardSoFar()).noneMatch(Staged.class::isInstance);
    }

    /** Brings the migration to the state in which the source may commit. */
    public void staged() throws Exception {
        restoring();
        restore.ready.complete(null);
        hears(Staged.class);
    }

    // ---- the source

    static Block block(long sequence) {
        CRC32C checksum = new CRC32C();
        checksum.update(CONTENT);
        ByteBuf content = Unpooled.wrappedBuffer(CONTENT);
        return new Block(sequence, 0, 0, CONTENT.length, (int) checksum.getValue(), content);
    }

    void says(Frame frame) throws Exception {
        onLoop(() -> reads(frame));
    }

    /** The destination reads a frame; on the loop. */
    void reads(Frame frame) {
        wire.pipeline().context(KeepaliveHandler.class).fireChannelRead(frame);
    }

    <T> T hears(Class<T> kind) {
        return kind.cast(
                await().until(
                                () -> heardSoFar().stream().filter(kind::isInstance).findFirst(),
                                Optional::isPresent)
                        .get());
    }

    List<Frame> heardSoFar() throws Exception {
        onLoop(
                () -> {
                    for (ByteBuf bytes; (bytes = wire.readOutbound()) != null; ) {
                        decoder.writeInbound(bytes);
                    }
                    for (Frame frame; (frame = decoder.readInbound()) != null; ) {
                        heard.add(frame);
                    }
                });
        return heard;
    }

    /** The connection breaks. */
    public void loseConnection() throws Exception {
        loseConnection(CloseReason.PEER_LOST);
    }

    void loseConnection(CloseReason reason) throws Exception {
        onLoop(() -> session.onTunnelFailure(reason, "the tunnel was cut"));
    }

    /** Repeats the commit on another connection and returns the answer. */
    CompletableFuture<Committed> recommit() {
        return recommit(services.registry().find(token(), SOURCE));
    }

    CompletableFuture<Committed> recommit(Migration found) {
        return CompletableFuture.supplyAsync(found::onRecommit, loop).thenCompose(answer -> answer);
    }

    /** The report of the migration when it is over. */
    public SessionReport over() throws Exception {
        CompletableFuture<SessionReport> report = session.report();
        await().until(
                        () -> {
                            onLoop(
                                    () -> {
                                        wire.advanceTimeBy(3, TimeUnit.SECONDS);
                                        wire.runPendingTasks();
                                    });
                            return report.isDone();
                        });
        return report.get();
    }

    /** Runs a task on the event loop and waits for it. */
    public void onLoop(Runnable task) throws Exception {
        loop.submit(task).get();
    }

    /** Waits until what has happened so far has had its effects on the loop and on the workers. */
    void settle() throws Exception {
        for (int i = 0; i < 3; i++) {
            workers.submit(() -> {}).get();
            onLoop(() -> {});
        }
    }

    MigrationState state() throws Exception {
        return loop.submit(session::state).get();
    }

    @Override
    public void close() {
        if (session != null) {
            closeOnLoop(() -> session.fail(CloseReason.SHUTDOWN, "the test is over"));
            session.lazyRestore().ifPresent(LazyRestore::released);
        }
        // The daemon writes to the test's folder, which is deleted next.
        daemon.ifPresent(
                listener -> {
                    closeOnLoop(listener::giveUp);
                    listener.ended().orTimeout(10, TimeUnit.SECONDS).join();
                });
        restore.killTree();
        closeOnLoop(wire::finishAndReleaseAll);
        decoder.finishAndReleaseAll();
        HeldWorkers.stop(workers);
        group.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    private void closeOnLoop(Runnable task) {
        loop.submit(task).syncUninterruptibly();
    }

    /** Listens to the connection until the migration takes it over. */
    private static final class Router implements TunnelListener {
        @Override
        public void onFrame(Frame frame) {}

        @Override
        public void onTunnelFailure(CloseReason reason, String message) {}
    }
}
