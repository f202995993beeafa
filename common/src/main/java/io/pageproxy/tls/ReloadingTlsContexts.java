package io.pageproxy.tls;

import io.netty.handler.ssl.SslContext;
import io.pageproxy.certificate.CertificateNames;
import io.pageproxy.certificate.FileStamp;
import io.pageproxy.certificate.TlsConfigException;
import io.pageproxy.certificate.TlsFiles;
import io.pageproxy.certificate.TlsMaterial;
import io.pageproxy.peer.PeerAdmission;
import io.pageproxy.peer.PeerPolicy;
import io.pageproxy.peer.PeerVerifier;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Supplies the TLS context for each new connection and rebuilds it when one of its files changes.
 * If the changed files are not usable together (half replaced, damaged, expired), the last valid
 * context stays in force and the problem is logged once per change. Established connections keep
 * the keys they started with; {@link ConnectedPeers} decides whether their peers may stay.
 *
 * <p>Thread-safe. The thread that notices a change loads the files; other threads keep using the
 * current context meanwhile.
 */
public final class ReloadingTlsContexts {
    private static final Logger LOG = LoggerFactory.getLogger(ReloadingTlsContexts.class);
    private static final long CHECK_INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final TlsFiles files;
    private final boolean unsafeKeyPermissions;
    private final Factory factory;
    private final LongSupplier nanoClock;
    private final ReentrantLock loading = new ReentrantLock();

    private volatile Loaded loaded;
    private volatile long lastCheckNanos;

    /**
     * Guarded by {@link #loading}: the stamps of the files at the last load attempt, successful or
     * not.
     */
    private List<FileStamp> lastTried;

    ReloadingTlsContexts(
            TlsFiles files, boolean unsafeKeyPermissions, Factory factory, LongSupplier nanoClock)
            throws TlsConfigException {
        this.files = files;
        this.unsafeKeyPermissions = unsafeKeyPermissions;
        this.factory = factory;
        this.nanoClock = nanoClock;
        this.lastTried = FileStamp.of(files);
        this.lastCheckNanos = nanoClock.getAsLong();
        this.loaded = load();
        this.loaded.material().requireNotRevoked();
    }

    /**
     * Contexts of {@code dest}.
     *
     * @param unsafeKeyPermissions whether a key file that others can read is accepted
     * @throws TlsConfigException if the files are invalid at start-up
     * @see TlsContexts#server
     */
    public static ReloadingTlsContexts server(
            TlsFiles files, boolean unsafeKeyPermissions, PeerAdmission policy)
            throws TlsConfigException {
        return new ReloadingTlsContexts(
                files,
                unsafeKeyPermissions,
                material -> TlsContexts.server(material, policy),
                System::nanoTime);
    }

    /**
     * Contexts of {@code source}.
     *
     * @param unsafeKeyPermissions whether a key file that others can read is accepted
     * @param verifyName whether the host name is checked in addition to a policy
     * @throws TlsConfigException if the files are invalid at start-up
     * @see TlsContexts#client
     */
    public static ReloadingTlsContexts client(
            TlsFiles files, boolean unsafeKeyPermissions, PeerPolicy policy, boolean verifyName)
            throws TlsConfigException {
        return new ReloadingTlsContexts(
                files,
                unsafeKeyPermissions,
                material -> TlsContexts.client(material, policy, verifyName),
                System::nanoTime);
    }

    /** Returns the context for a new connection; checks the files first, at most once a second. */
    public SslContext current() {
        reloadIfChanged();
        return loaded.context();
    }

    /**
     * Returns the material for the next connection; checks the files first, like {@link
     * #current()}.
     */
    public TlsMaterial currentMaterial() {
        reloadIfChanged();
        return loaded.material();
    }

    private void reloadIfChanged() {
        long nowNanos = nanoClock.getAsLong();
        if (nowNanos - lastCheckNanos >= CHECK_INTERVAL_NANOS && loading.tryLock()) {
            try {
                lastCheckNanos = nowNanos;
                List<FileStamp> now = FileStamp.of(files);
                if (!now.equals(lastTried)) {
                    replace(now);
                }
            } finally {
                loading.unlock();
            }
        }
    }

    /**
     * Loads the files now even if they have not changed (used for SIGHUP).
     *
     * @return whether the new files are in force; if not, the reason is logged and the previous
     *     ones stay in force
     */
    public boolean reload() {
        loading.lock();
        try {
            return replace(FileStamp.of(files));
        } finally {
            loading.unlock();
        }
    }

    /** Number of the load in force; each successful load has a new number. */
    long generation() {
        return loaded.generation();
    }

    /** Returns the verifier of the load in force without checking the files. */
    PeerVerifier verifier() {
        return ((TicketlessSslContext) loaded.context()).verifier();
    }

    /**
     * Loads the files. {@code stamps} must be taken before, so that a change during the load is
     * noticed by the next check.
     */
    private boolean replace(List<FileStamp> stamps) {
        lastTried = stamps;
        try {
            loaded = load();
        } catch (TlsConfigException e) {
            LOG.error("tls files changed, keeping the old ones: {}", e.getMessage());
            return false;
        }
        LOG.info(
                "tls files loaded: cert={} notAfter={}",
                CertificateNames.subject(loaded.material().leaf()),
                loaded.material().leaf().getNotAfter().toInstant());
        try {
            loaded.material().requireNotRevoked();
        } catch (TlsConfigException e) {
            LOG.error("peers with this list refuse us: {}", e.getMessage());
        }
        return true;
    }

    private Loaded load() throws TlsConfigException {
        TlsMaterial material = new TlsMaterial(files, unsafeKeyPermissions);
        material.warnings().stream()
                .filter(
                        warning ->
                                loaded == null || !loaded.material().warnings().contains(warning))
                .forEach(warning -> LOG.warn("left out: {}", warning));
        long generation = loaded == null ? 1 : loaded.generation() + 1;
        return new Loaded(material, factory.create(material), generation);
    }

    /** Creates the context of one side. */
    @FunctionalInterface
    interface Factory {
        SslContext create(TlsMaterial material) throws TlsConfigException;
    }

    /**
     * One successful load.
     *
     * @param generation its number, starting at 1
     */
    private record Loaded(TlsMaterial material, SslContext context, long generation) {}
}
