package io.pageproxy.dest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.pageproxy.dest.images.ImagesFolder;
import io.pageproxy.dest.images.ImagesSync;
import io.pageproxy.dest.lazy.AttachedDaemons;
import io.pageproxy.dest.policy.PolicyFile;
import io.pageproxy.dest.policy.SessionGrant;
import io.pageproxy.dest.policy.SessionPolicy;
import io.pageproxy.dest.restore.Restores;
import io.pageproxy.dest.session.DestConfig;
import io.pageproxy.dest.session.DestLimits;
import io.pageproxy.dest.session.SessionFacts;
import io.pageproxy.frame.Frame;
import io.pageproxy.frame.Frame.Abort;
import io.pageproxy.frame.Frame.Attach;
import io.pageproxy.frame.Frame.Attached;
import io.pageproxy.frame.Frame.Block;
import io.pageproxy.frame.Frame.Commit;
import io.pageproxy.frame.Frame.Committed;
import io.pageproxy.frame.Frame.File;
import io.pageproxy.frame.Frame.FileEnd;
import io.pageproxy.frame.Frame.FilesEnd;
import io.pageproxy.frame.Frame.Hello;
import io.pageproxy.frame.Frame.Probe;
import io.pageproxy.frame.Frame.Recommit;
import io.pageproxy.frame.Frame.Staged;
import io.pageproxy.frame.FrameDecoder;
import io.pageproxy.frame.FrameEncoder;
import io.pageproxy.local.LocalUsers;
import io.pageproxy.net.Endpoint;
import io.pageproxy.net.EventLoops;
import io.pageproxy.net.KeepaliveHandler;
import io.pageproxy.net.Tunnel;
import io.pageproxy.net.TunnelHandler;
import io.pageproxy.net.TunnelListener;
import io.pageproxy.net.WireCounter;
import io.pageproxy.process.ExitStatus;
import io.pageproxy.process.TreeGuard;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.HostFacts;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.SessionException;
import io.pageproxy.session.SessionName;
import io.pageproxy.session.SessionReport;
import io.pageproxy.session.Side;
import io.pageproxy.session.Timeouts;
import io.pageproxy.tls.PeerIdentity;
import io.pageproxy.tls.TlsSessionInfo;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The destination's half of a migration against a scripted source and restore. One file, since it
 * is one machine: every stage against what can happen in it.
 */
@Timeout(30)
class AttachmentTest {
    private static final EventLoopGroup GROUP = EventLoops.create("test", 1);
    private static final byte[] CONTENT = {1, 2, 3};
    private static final PeerIdentity SOURCE = Peers.peer("source", "aa".repeat(32));
    private static final Optional<String> SESSION = Optional.of("web");

    @TempDir private Path folder;
    private final EventLoop loop = GROUP.next();
    private final ExecutorService workers = Executors.newSingleThreadExecutor();
    private final ScriptedRestore restore = new ScriptedRestore();
    private final List<Frame> heard = new ArrayList<>();
    private final EmbeddedChannel decoder = new EmbeddedChannel(new FrameDecoder());
    private long peerTimeoutMillis = 15_000;
    private DestServices services;
    private EmbeddedChannel wire;
    private Tunnel tunnel;
    private Attachment attachment;

    /** A restore that does what the test says. */
    private static final class ScriptedRestore implements Restores, Restores.Held {
        final CompletableFuture<Void> ready = new CompletableFuture<>();
        final CompletableFuture<ExitStatus> exit = new CompletableFuture<>();
        volatile boolean running;
        volatile boolean givenUp;
        volatile boolean killed;
        volatile Error fault;
        volatile RuntimeException faultOfRoot;
        volatile List<Long> left = List.of();
        volatile ExitStatus exitOfRun = ExitStatus.exited(0);

        @Override
        public List<Long> killLeft() {
            killed = true;
            return left;
        }

        @Override
        public List<Long> left() {
            return left;
        }

        @Override
        public boolean allowed() {
            return true;
        }

        @Override
        public Held start(Path images, boolean lazy) {
            if (fault != null) {
                throw fault;
            }
            return this;
        }

        @Override
        public AttachedDaemons lazyDaemons() {
            throw new IllegalStateException("none is lazy");
        }

        @Override
        public TreeGuard guard(long root, OptionalInt kept) {
            throw new IllegalStateException("none is lazy");
        }

        @Override
        public OptionalLong root() {
            return pid();
        }

        @Override
        public CompletableFuture<Void> ready() {
            return ready;
        }

        @Override
        public CompletableFuture<ExitStatus> exit() {
            return exit;
        }

        @Override
        public void run() {
            running = true;
            exit.complete(exitOfRun);
        }

        @Override
        public void giveUp() {
            givenUp = true;
            exit.complete(ExitStatus.exited(1));
        }

        @Override
        public OptionalLong pid() {
            if (faultOfRoot != null) {
                throw faultOfRoot;
            }
            return OptionalLong.of(4711);
        }
    }

    @BeforeEach
    void pagesAreThere() throws Exception {
        folder = folder.toRealPath();
        Files.writeString(folder.resolve("pagemap-1.img"), "pages");
        services = services(restore);
        wire =
                new EmbeddedChannel(
                        new WireCounter(),
                        new FrameEncoder(),
                        new KeepaliveHandler(15_000),
                        new TunnelHandler(new Nobody()));
        tunnel = new Tunnel(wire, new TlsSessionInfo("TLSv1.3", "", "", "", SOURCE));
    }

    private DestServices services(Restores restores) {
        return services(restores, SessionPolicy.ANY);
    }

    private DestServices services(Restores restores, SessionPolicy policy) {
        DestConfig config =
                new DestConfig(
                        Endpoint.tcp("127.0.0.1", 0),
                        LocalUsers.anybody(),
                        folder,
                        DestLimits.DEFAULT,
                        ImagesSync.NONE,
                        new HostFacts("x86_64", 4096),
                        Timeouts.DEFAULT,
                        false,
                        "dest");
        return DestServices.of(config, null, policy, Optional.empty(), restores, workers);
    }

    /** The policy of one entry, for our source. */
    private PolicyFile policy(String rules) throws Exception {
        Path file = folder.resolve("policy.yaml");
        Files.writeString(
                file,
                "peers: [{fingerprint: [%s], sessions: ['*'], %s}]"
                        .formatted(SOURCE.fingerprint(), rules));
        return new PolicyFile(file);
    }

    @AfterEach
    void tidyUp() throws Exception {
        if (attachment != null) {
            onLoop(() -> attachment.fail(CloseReason.SHUTDOWN, "the test is over"));
        }
        onLoop(() -> wire.finishAndReleaseAll());
        decoder.finishAndReleaseAll();
        workers.shutdown();
    }

    @AfterAll
    static void stopLoops() {
        GROUP.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    @Test
    void theTreeRunsOnlyWhenTheSourceHasCommitted() throws Exception {
        staged();
        assertThat(restore.running).isFalse();
        assertThat(folder.resolve(".incomplete")).exists();

        says(new Commit());
        assertThat(hears(Committed.class).pid()).hasValue(4711);
        assertThat(restore.running).isTrue();
        assertThat(folder.resolve("core-1.img")).hasBinaryContent(CONTENT);
        assertThat(folder.resolve(".incomplete")).doesNotExist();
        assertThat(over().outcome().good()).isTrue();
    }

    @Test
    void theTreeIsStagedOnlyWhenItIsRestored() throws Exception {
        restoring();
        says(new Commit());
        assertThat(over().outcome().reason()).isEqualTo(CloseReason.TUNNEL_PROTOCOL);
        assertThat(restore.running).isFalse();
        assertThat(restore.givenUp).isTrue();
    }

    @Test
    void aTunnelThatIsLostBeforeCommitKillsTheTreeAndKeepsTheImages() throws Exception {
        peerTimeoutMillis = 1;
        staged();
        loseTunnel();
        assertThat(over().outcome().message())
                .contains("nothing runs here")
                .contains("criu restore");
        assertThat(restore.givenUp).isTrue();
        assertThat(folder.resolve("core-1.img")).exists();
        assertThat(folder.resolve(".incomplete")).content().contains("criu restore -D " + folder);
    }

    @Test
    void aSourceWhoseTunnelWasLostMayCommitOnAnotherAndHearsTheSameEachTime() throws Exception {
        staged();
        loseTunnel();
        assertThat(restore.givenUp).isFalse();
        assertThat(restore.running).isFalse();

        assertThat(commitAgain().get().pid()).hasValue(4711);
        assertThat(restore.running).isTrue();
        assertThat(commitAgain().get().pid()).hasValue(4711);
        assertThat(over().outcome().good()).isTrue();
        assertThat(commitAgain().get().pid()).hasValue(4711);
    }

    @Test
    void aCommitOnAnotherConnectionCountsWhileTheFirstSeemsToLive() throws Exception {
        staged();
        assertThat(commitAgain().get().pid()).hasValue(4711);
        assertThat(over().outcome().good()).isTrue();
    }

    @Test
    void aCommitThatComesTooLateHearsThatNothingRuns() throws Exception {
        peerTimeoutMillis = 100;
        staged();
        loseTunnel();
        Attachment late = services.attachments().find(attachment.token(), SOURCE);
        over();
        assertThatThrownBy(() -> late.commit().get()).hasMessageContaining("nothing runs here");
        assertThat(restore.running).isFalse();
        await().until(() -> services.attachments().size() == 0);
        assertThatThrownBy(this::commitAgain).hasMessageContaining("nothing of this migration");
    }

    @Test
    void aCommitOnAnotherConnectionBeforeTheTreeIsHeldChangesNothing() throws Exception {
        restoring();
        assertThatThrownBy(() -> commitAgain().get()).hasMessageContaining("while STAGING");
        restore.ready.complete(null);
        hears(Staged.class);
        assertThat(restore.running).isFalse();
    }

    @Test
    void anotherPeersTokenIsAsGoodAsAWrongOne() throws Exception {
        staged();
        Attachments all = services.attachments();
        PeerIdentity other = Peers.peer("other", "bb".repeat(32));
        for (String token : List.of(attachment.token(), "0".repeat(64))) {
            PeerIdentity peer = token.startsWith("0000") ? SOURCE : other;
            assertThatThrownBy(() -> all.find(token, peer))
                    .hasMessageContaining("knows nothing of this migration");
        }
    }

    @ParameterizedTest(name = "connection lost: {0}")
    @ValueSource(booleans = {false, true})
    void aDrainThatEndsBeforeTheSourceSaysWhetherItsTasksAreGoneKillsNothing(boolean lost)
            throws Exception {
        staged();
        if (lost) {
            loseTunnel();
        }
        onLoop(() -> attachment.stop("told to stop, and not done within --drain-timeout"));
        onLoop(() -> {}); // Whatever it has begun is done.
        assertThat(restore.givenUp).isFalse();
        assertThat(commitAgain().get().pid()).hasValue(4711);
        assertThat(restore.running).isTrue();
        assertThat(over().outcome().good()).isTrue();
    }

    @Test
    void aDrainHoldsTheCopyNoLongerThanALostConnectionDoes() throws Exception {
        peerTimeoutMillis = 100;
        staged();
        onLoop(() -> attachment.stop("told to stop"));
        assertThat(over().outcome().message())
                .startsWith("told to stop before the source said")
                .contains("criu restore -D");
        assertThat(restore.givenUp).isTrue();
    }

    @Test
    void aDrainThatEndsBeforeTheTreeIsHeldEndsTheMigration() throws Exception {
        restoring();
        onLoop(() -> attachment.stop("told to stop"));
        assertThat(over().outcome().reason()).isEqualTo(CloseReason.SHUTDOWN);
        assertThat(restore.givenUp).isTrue();
    }

    static Stream<Frame> newSessions() {
        HostFacts host = new HostFacts("x86_64", 4096);
        return Stream.of(
                new Probe("source"),
                new Hello("source", host, SESSION, Optional.empty(), 15_000, 1, 0));
    }

    @ParameterizedTest
    @MethodSource("newSessions")
    void whileItDrainsAConnectionIsTakenForTheEndOfAMigrationOnly(Frame other) throws Exception {
        staged();
        loseTunnel();
        DestSession late = whileDraining();
        CompletableFuture<Throwable> refusal = new CompletableFuture<>();
        onLoop(
                () -> {
                    try {
                        late.onFrame(other);
                    } catch (SessionException e) {
                        refusal.complete(e);
                    }
                });
        assertThat(refusal.getNow(null)).hasMessageContaining("only the end of migrations");

        DestSession again = whileDraining();
        onLoop(() -> again.onFrame(new Recommit(attachment.token(), 15_000)));
        await().until(() -> restore.running);
        assertThat(over().outcome().good()).isTrue();
    }

    private DestSession whileDraining() throws Exception {
        DestSession session = new DestSession(services, loop, "192.0.2.1:2");
        EmbeddedChannel channel =
                new EmbeddedChannel(
                        new WireCounter(),
                        new FrameEncoder(),
                        new KeepaliveHandler(15_000),
                        new TunnelHandler(session));
        session.drain(Duration.ofMinutes(1));
        onLoop(
                () ->
                        session.onTunnelUp(
                                new Tunnel(
                                        channel,
                                        new TlsSessionInfo("TLSv1.3", "", "", "", SOURCE))));
        return session;
    }

    /** Else the drain would be over, and the source could not ask any more. */
    @Test
    void aMigrationWhoseSourceCouldNotBeAnsweredIsNotAtItsEnd() throws Exception {
        staged();
        loseTunnel();
        assertThat(commitAgain().get().pid()).hasValue(4711);
        assertThat(over().outcome().good()).isTrue();
        assertThat(services.attachments().anyOpen()).isTrue();
        onLoop(() -> attachment.onAnswered(GlobalEventExecutor.INSTANCE.newSucceededFuture(null)));
        assertThat(services.attachments().anyOpen()).isFalse();
    }

    @Test
    void aMigrationWhoseSourceNeverAsksAgainIsAtItsEndAfterAWhile() throws Exception {
        peerTimeoutMillis = 300;
        staged();
        loseTunnel();
        commitAgain().get();
        services.attachments().awaitEnded();
        assertThat(over().outcome().good()).isTrue();
    }

    /** Whoever waits for the migration would wait for ever, with a tree that is held. */
    @Test
    void aRestoreWhoseExitIsLostEndsTheMigration() throws Exception {
        restoring();
        restore.exit.completeExceptionally(new IllegalStateException("the exit status is lost"));
        assertThat(hears(Abort.class).message()).contains("the exit status is lost");
        assertThat(over().outcome().reason()).isEqualTo(CloseReason.LOCAL_FAILURE);
    }

    @Test
    void anErrorOnAWorkerEndsTheMigration() throws Exception {
        restore.fault = new StackOverflowError();
        allSent();
        assertThat(over().outcome().message()).contains("StackOverflowError");
    }

    @Test
    void aFaultOnTheEventLoopEndsTheMigration() throws Exception {
        restore.faultOfRoot = new IllegalStateException("as it were");
        staged();
        says(new Commit());
        assertThat(over().outcome().message()).contains("as it were");
    }

    @Test
    void tasksThatAKilledRestoreLeavesAreKilledAndNamedWhereTheyCannotBe() throws Exception {
        restore.left = List.of(4711L, 4712L);
        staged();
        restore.exit.complete(ExitStatus.killed(9));
        assertThat(hears(Abort.class).message())
                .contains("killed by SIGKILL")
                .contains("its tasks [4711, 4712] could not be killed");
        over();
    }

    @Test
    void tasksOfATreeThatMayRunAreNamedAndLeft() throws Exception {
        restore.left = List.of(4711L);
        restore.exitOfRun = ExitStatus.killed(9);
        staged();
        says(new Commit());
        assertThat(hears(Abort.class).message())
                .contains("its tasks [4711] are there, look whether they run");
        assertThat(restore.killed).isFalse();
        over();
    }

    private void loseTunnel() throws Exception {
        onLoop(() -> attachment.onTunnelFailure(CloseReason.PEER_LOST, "the tunnel was cut"));
    }

    private CompletableFuture<Committed> commitAgain() {
        return services.attachments().find(attachment.token(), SOURCE).commit();
    }

    @Test
    void aSourceThatGivesUpKillsTheTreeAndLeavesNoFile() throws Exception {
        staged();
        says(new Abort(CloseReason.SHUTDOWN, "told to stop", Optional.empty()));
        assertThat(over().outcome().reason()).isEqualTo(CloseReason.SHUTDOWN);
        assertThat(restore.givenUp).isTrue();
        assertThat(folder.resolve("core-1.img")).doesNotExist();
        assertThat(folder.resolve(".incomplete")).exists();
    }

    @Test
    void nothingStopsTheTreeOnceTheSourceHasCommitted() throws Exception {
        staged();
        onLoop(
                () -> {
                    attachment.onFrame(new Commit());
                    attachment.onTunnelFailure(CloseReason.PEER_LOST, "the tunnel was cut");
                    attachment.fail(CloseReason.SHUTDOWN, "told to stop");
                });
        assertThat(over().outcome().good()).isTrue();
        assertThat(restore.givenUp).isFalse();
    }

    @Test
    void aRestoreThatFailsIsSaidAndLeavesNoFile() throws Exception {
        restoring();
        restore.exit.complete(ExitStatus.exited(1));
        assertThat(hears(Abort.class).reason()).isEqualTo(CloseReason.RESTORE_FAILED);
        over();
        assertThat(folder.resolve("core-1.img")).doesNotExist();
    }

    @Test
    void filesAreTakenOnlyOfThePeerWhosePagesAreWhole() throws Exception {
        attach();
        onLoop(
                () -> {
                    Attachments all = services.attachments();
                    PeerIdentity other = Peers.peer("other", "bb");
                    assertThat(all.pagesWhole(SESSION, other, null)).isFalse();
                    assertThat(all.pagesWhole(Optional.of("db"), SOURCE, null)).isFalse();
                });
        says(new File("core-1.img", 3));
        assertThat(over().outcome().message()).contains("before this source's pages");
        assertThat(folder.resolve(".incomplete")).doesNotExist();
    }

    @Test
    void aMigrationThatFailsBeforeTheFirstFileLeavesTheFolderMarked() throws Exception {
        pagesWhole();
        loseTunnel();
        assertThat(over().outcome().reason()).isEqualTo(CloseReason.PEER_LOST);
        assertThat(folder.resolve(".incomplete")).content().contains("the tunnel was cut");
        assertThat(folder.resolve("pagemap-1.img")).exists();
    }

    @Test
    void pagesThatComeAfterTheMigrationHasFailedStayMarked() throws Exception {
        attach();
        ImagesFolder claimed = ImagesFolder.reopen(folder);
        onLoop(() -> attachment.fail(CloseReason.PEER_LOST, "the tunnel was cut"));
        onLoop(() -> attachment.onPagesWhole(claimed));
        over();
        await().untilAsserted(
                        () ->
                                assertThat(folder.resolve(".incomplete"))
                                        .content()
                                        .contains("the migration of these pages has failed"));
    }

    @Test
    void aDumperThatHeardFailureAfterItsPagesWereWholeEndsTheMigration() throws Exception {
        pagesWhole();
        Outcome lost = Outcome.failed(Side.SOURCE, CloseReason.DUMPER_LOST, "the dumper left");
        onLoop(() -> services.attachments().pagesFailed(SESSION, SOURCE, lost));
        assertThat(over().outcome()).isEqualTo(lost);
        assertThat(folder.resolve(".incomplete")).content().contains("the dumper left");
    }

    @Test
    void aBlockThatIsNotTheNextIsRefused() throws Exception {
        receiving();
        says(block(1));
        assertThat(over().outcome().reason()).isEqualTo(CloseReason.TUNNEL_PROTOCOL);
        assertThat(folder.resolve(".adding-0")).doesNotExist();
    }

    @Test
    void aDestinationThatRestoresNothingSaysSoAtOnce() throws Exception {
        attach();
        Attachment other =
                new Attachment(services(Restores.NONE), loop, tunnel, facts(), wanted("db"));
        assertThatThrownBy(other::begin)
                .isInstanceOf(SessionException.class)
                .hasMessageContaining("--allow-restore");
    }

    @Test
    void aPeerWhoseEntryLacksRestoreHearsSoAtOnce() throws Exception {
        SessionPolicy policy = policy("max-sessions: 1");
        attach();
        Attachment other =
                new Attachment(services(restore, policy), loop, tunnel, facts(), wanted("db"));
        assertThatThrownBy(other::begin)
                .isInstanceOfSatisfying(
                        SessionException.class,
                        e -> assertThat(e.reason()).isEqualTo(CloseReason.RESTORE_NOT_ALLOWED))
                .hasMessageContaining("restore: true");
        policy.attach(SOURCE, Optional.of(new SessionName("db")));
    }

    /** That session's end may not be known here yet when the first file comes. */
    @Test
    void filesNeedNoPlaceBesideTheSessionOfTheirPages() throws Exception {
        SessionPolicy policy = policy("restore: true, max-sessions: 1");
        services = services(restore, policy);
        SessionGrant pages = policy.admit(SOURCE, SESSION.map(SessionName::new), Optional.empty());
        staged();
        pages.giveBack();
        says(new Commit());
        hears(Committed.class);
        over();
        policy.attach(SOURCE, SESSION.map(SessionName::new));
    }

    @Test
    void oneMigrationOfASessionAtATime() throws Exception {
        attach();
        Attachment other = new Attachment(services, loop, tunnel, facts(), wanted("web"));
        assertThatThrownBy(other::begin).hasMessageContaining("another migration");
    }

    @Test
    void onePeerCannotHoldThePlacesOfAllMigrations() {
        Attachments attachments = services.attachments();
        for (int i = 0; i < DestLimits.DEFAULT.migrationsPerPeer(); i++) {
            attachments.add(new Attachment(services, loop, tunnel, facts(), wanted("web-" + i)));
        }
        Attachment more = new Attachment(services, loop, tunnel, facts(), wanted("more"));
        assertThatThrownBy(() -> attachments.add(more))
                .isInstanceOfSatisfying(
                        SessionException.class,
                        e -> assertThat(e.reason()).isEqualTo(CloseReason.LIMIT_EXCEEDED))
                .hasMessageContaining("--max-migrations-per-peer 8");

        PeerIdentity other = Peers.peer("other", "bb".repeat(32));
        Tunnel others = new Tunnel(wire, new TlsSessionInfo("TLSv1.3", "", "", "", other));
        attachments.add(new Attachment(services, loop, others, facts(), wanted("web-0")));
    }

    // ---- the way to each state

    private void attach() throws Exception {
        attachment = new Attachment(services, loop, tunnel, facts(), wanted("web"));
        onLoop(attachment::begin);
        hears(Attached.class);
    }

    private void pagesWhole() throws Exception {
        attach();
        ImagesFolder claimed = ImagesFolder.reopen(folder);
        onLoop(
                () ->
                        assertThat(services.attachments().pagesWhole(SESSION, SOURCE, claimed))
                                .isTrue());
    }

    private void receiving() throws Exception {
        pagesWhole();
        says(new File("core-1.img", 3));
    }

    private void allSent() throws Exception {
        receiving();
        says(block(0));
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(CONTENT);
        says(new FileEnd(HexFormat.of().formatHex(digest)));
        says(new FilesEnd(1, 3));
    }

    private void restoring() throws Exception {
        allSent();
        await().untilAsserted(() -> assertThat(folder.resolve("core-1.img")).exists());
        assertThat(heardSoFar()).noneMatch(Staged.class::isInstance);
    }

    private void staged() throws Exception {
        restoring();
        restore.ready.complete(null);
        hears(Staged.class);
    }

    private Attach wanted(String session) {
        return new Attach("source", Optional.of(session), true, false, peerTimeoutMillis);
    }

    private static SessionFacts facts() {
        return new SessionFacts("192.0.2.1:1", 4096);
    }

    private static Block block(long sequence) {
        CRC32C checksum = new CRC32C();
        checksum.update(CONTENT);
        ByteBuf content = Unpooled.wrappedBuffer(CONTENT);
        return new Block(sequence, 0, 3, (int) checksum.getValue(), content);
    }

    private void says(Frame frame) throws Exception {
        onLoop(
                () -> {
                    wire.pipeline().context(KeepaliveHandler.class).fireChannelRead(frame);
                });
    }

    private <T> T hears(Class<T> kind) {
        return kind.cast(
                await().until(
                                () -> heardSoFar().stream().filter(kind::isInstance).findFirst(),
                                Optional::isPresent)
                        .get());
    }

    private List<Frame> heardSoFar() throws Exception {
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

    private SessionReport over() throws Exception {
        CompletableFuture<SessionReport> report = attachment.report();
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

    private void onLoop(Runnable task) throws Exception {
        loop.submit(task).get();
    }

    /** Hears of the connection before the attachment does. */
    private static final class Nobody implements TunnelListener {
        @Override
        public void onTunnelUp(Tunnel up) {}

        @Override
        public void onFrame(Frame frame) {}

        @Override
        public void onWritabilityChanged(boolean writable) {}

        @Override
        public void onTunnelFailure(CloseReason reason, String message) {}
    }
}
