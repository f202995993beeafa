package io.pageproxy.dest.policy;

import io.pageproxy.certificate.FileStamp;
import io.pageproxy.peer.PeerAdmission;
import io.pageproxy.peer.PeerIdentity;
import io.pageproxy.session.SessionName;
import io.pageproxy.text.FailureText;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The policy of {@code --policy FILE}, reloaded when the file changes. An invalid new version
 * leaves the previous policy in force and is logged once. Active sessions keep what they were
 * granted.
 *
 * <p>Thread-safe. The thread that notices a change loads the file; other threads keep using the
 * current policy meanwhile.
 */
public final class PolicyFile implements PeerAdmission, SessionPolicy {
    private static final Logger LOG = LoggerFactory.getLogger(PolicyFile.class);
    private static final long CHECK_INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final String FLAG = "--policy ";

    private final Path file;
    private final LongSupplier nanoClock;
    private final PeerQuotas quotas;
    private final ReentrantLock loading = new ReentrantLock();

    private volatile Policy policy;
    private volatile long lastCheckNanos;

    /**
     * Guarded by {@link #loading}: the file's stamp at the last load attempt, successful or not.
     */
    private FileStamp lastTried;

    /**
     * Loads the file.
     *
     * @throws PolicyException if it is invalid; the message names file, position and remedy
     * @throws IOException if the file cannot be read; the message names it
     */
    public PolicyFile(Path file) throws IOException, PolicyException {
        this(file, System::nanoTime, Clock.systemUTC());
    }

    PolicyFile(Path file, LongSupplier nanoClock, Clock clock) throws IOException, PolicyException {
        this.file = file;
        this.nanoClock = nanoClock;
        this.quotas = new PeerQuotas(clock);
        this.lastTried = FileStamp.of(file);
        this.lastCheckNanos = nanoClock.getAsLong();
        this.policy = read(file);
    }

    /**
     * Reads a policy file once.
     *
     * @throws PolicyException if it is invalid; the message names file, position and remedy
     * @throws IOException if the file cannot be read; the message names it
     */
    public static Policy read(Path file) throws IOException, PolicyException {
        byte[] bytes;
        try (InputStream in = Files.newInputStream(file)) {
            bytes = in.readNBytes(PolicyParser.MAX_BYTES + 1);
        } catch (NoSuchFileException e) {
            throw new IOException(FLAG + file + ": no such file; check the path", e);
        } catch (IOException e) {
            throw new IOException(FLAG + file + " cannot be read: " + FailureText.of(e), e);
        }
        try {
            return PolicyParser.parse(bytes);
        } catch (PolicyException e) {
            throw new PolicyException(FLAG + file, e);
        }
    }

    @Override
    public Optional<String> refusal(X509Certificate leaf) {
        PeerIdentity peer = PeerIdentity.of(leaf);
        return current().find(peer).isPresent()
                ? Optional.empty()
                : Optional.of(
                        "it is %s, and no entry of --policy %s names it"
                                .formatted(peer.description(), file));
    }

    @Override
    public Object version() {
        return policy;
    }

    @Override
    public void reloadIfChanged() {
        current();
    }

    @Override
    public void requireStillAllowed(PeerIdentity peer, Optional<SessionName> session) {
        PeerQuotas.requireAllowed(current(), peer, session);
    }

    @Override
    public SessionGrant admit(
            PeerIdentity peer, Optional<SessionName> session, Optional<SessionName> parent) {
        return quotas.admit(current(), peer, session, parent);
    }

    @Override
    public SessionGrant attach(PeerIdentity peer, Optional<SessionName> session) {
        return quotas.attach(current(), peer, session);
    }

    /** Returns the policy in force; checks the file first, at most once a second. */
    Policy current() {
        long nowNanos = nanoClock.getAsLong();
        if (nowNanos - lastCheckNanos >= CHECK_INTERVAL_NANOS && loading.tryLock()) {
            try {
                lastCheckNanos = nowNanos;
                FileStamp now = FileStamp.of(file);
                if (!now.equals(lastTried)) {
                    lastTried =
                            now; // Taken before the file is read, so that a change in between is
                    // noticed later.
                    replace();
                }
            } finally {
                loading.unlock();
            }
        }
        return policy;
    }

    /**
     * Reloads the file now even if it has not changed (used for SIGHUP); an invalid file leaves the
     * previous policy in force.
     */
    public void reload() {
        loading.lock();
        try {
            lastTried = FileStamp.of(file);
            replace();
        } finally {
            loading.unlock();
        }
    }

    private void replace() {
        try {
            policy = read(file);
            LOG.info("policy loaded: file={} peers={}", file, policy.names());
        } catch (IOException | PolicyException e) {
            LOG.error("policy changed, keeping the old one: {}", e.getMessage());
        }
    }
}
