package io.pageproxy.tls;

import io.netty.handler.ssl.SslContext;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The context for the next connection, made anew when one of its files changes. A set of files that
 * does not hold together (half replaced, damaged, expired) leaves the last good one in force and is
 * logged once per change. Connections under way keep the keys that they began with; whether their
 * peers may stay is for {@link ConnectedPeers}.
 *
 * <p>Safe for use by many threads. Who finds a change pays for the load; the others go on with the
 * context in force.
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

    /** Guarded by {@link #loading}: the files as of the last load that was tried, good or not. */
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
    }

    /**
     * Contexts of {@code dest}.
     *
     * @param unsafeKeyPermissions whether a key that others can read is taken all the same
     * @throws TlsConfigException if the files are no good at the start
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
     * @param unsafeKeyPermissions whether a key that others can read is taken all the same
     * @param verifyName whether the host name is checked beside a policy too
     * @throws TlsConfigException if the files are no good at the start
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

    /** The context for a new connection; looks at the files first, at most once a second. */
    public SslContext current() {
        reloadIfChanged();
        return loaded.context();
    }

    /** What the next connection's context is made of; looks at the files first, as that does. */
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
     * Loads the files now, changed or not (SIGHUP).
     *
     * @return whether the new ones are in force; if not, the log says why and the old ones are
     */
    public boolean reload() {
        loading.lock();
        try {
            return replace(FileStamp.of(files));
        } finally {
            loading.unlock();
        }
    }

    /** Which load is in force: another number with each. */
    long generation() {
        return loaded.generation();
    }

    /** What decides on peers by the load in force; does not look at the files. */
    PeerVerifier verifier() {
        return ((TicketlessSslContext) loaded.context()).verifier();
    }

    /** What the context in force was made of. */
    public TlsMaterial material() {
        return loaded.material();
    }

    /**
     * The stamps are taken before the files are read: a change in between shows at the next look.
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

    /** Makes a side's context. */
    @FunctionalInterface
    interface Factory {
        SslContext create(TlsMaterial material) throws TlsConfigException;
    }

    /**
     * One load.
     *
     * @param generation its number, from 1
     */
    private record Loaded(TlsMaterial material, SslContext context, long generation) {}
}
