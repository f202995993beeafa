package io.pageproxy.tls;

import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.OpenSslContextOption;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.pageproxy.certificate.KeyKinds;
import io.pageproxy.certificate.Purpose;
import io.pageproxy.certificate.TlsConfigException;
import io.pageproxy.certificate.TlsFiles;
import io.pageproxy.certificate.TlsMaterial;
import io.pageproxy.peer.PeerAdmission;
import io.pageproxy.peer.PeerPolicy;
import io.pageproxy.peer.PeerVerifier;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLException;

/**
 * Builds the TLS contexts of both sides: mutual TLS 1.3 by BoringSSL, ALPN {@value
 * PeerTrustManager#ALPN_PROTOCOL}, hybrid post-quantum key agreement preferred, no session
 * resumption.
 *
 * <p>The contexts use {@link SslProvider#OPENSSL}: the garbage collector frees their native memory
 * once no connection refers to them, so a replaced context can simply be dropped.
 */
public final class TlsContexts {
    private static final String TLS_1_3 = "TLSv1.3";

    /**
     * The keystore that Netty uses to pass the key to BoringSSL. It never leaves memory, so a
     * format with a slow key derivation would protect nothing.
     */
    private static final String KEY_STORE = "JKS";

    private static final String[] GROUPS = {"X25519MLKEM768", "x25519", "secp256r1"};

    private TlsContexts() {}

    /**
     * Creates the context of {@code dest}.
     *
     * @param policy which peers are allowed; not empty, use {@link PeerPolicy#ANY} to allow every
     *     certificate signed by the CA
     * @throws IllegalArgumentException if the policy is empty
     * @throws TlsConfigException if the certificate is not for servers, or BoringSSL is missing or
     *     rejects it
     */
    public static SslContext server(TlsMaterial material, PeerAdmission policy)
            throws TlsConfigException {
        requirePurpose(material, Purpose.SERVER, "dest");
        return unchecked(material, policy, Purpose.SERVER, false);
    }

    /**
     * Creates the context of {@code source}.
     *
     * @param policy which peers are allowed; if empty, the host name is checked instead
     * @param verifyName whether the host name is checked in addition to a policy ({@code
     *     --verify-name})
     * @throws TlsConfigException if the certificate is not for clients, or BoringSSL is missing or
     *     rejects it
     */
    public static SslContext client(TlsMaterial material, PeerPolicy policy, boolean verifyName)
            throws TlsConfigException {
        requirePurpose(material, Purpose.CLIENT, "source");
        return unchecked(material, policy, Purpose.CLIENT, verifyName || policy.isEmpty());
    }

    /**
     * Builds a context without checking that our own certificate fits its purpose, as a
     * misconfigured peer would.
     */
    static SslContext unchecked(
            TlsMaterial material, PeerAdmission policy, Purpose side, boolean checkName)
            throws TlsConfigException {
        if (side == Purpose.SERVER && policy.isEmpty()) {
            throw new IllegalArgumentException(
                    "nothing says which peers may come in; give --allow-dns, --allow-uri, --allow-cn or --allow-fingerprint,"
                            + " or --allow-any for whoever the CA signed");
        }
        if (!OpenSsl.isAvailable()) {
            throw unavailable(OpenSsl.unavailabilityCause());
        }
        try {
            PeerVerifier verifier = new PeerVerifier(material, policy, checkName);
            SslContext context =
                    builder(material, side)
                            .trustManager(new PeerTrustManager(verifier))
                            // PeerVerifier checks the host name with its own rules.
                            .endpointIdentificationAlgorithm(null)
                            .sslProvider(SslProvider.OPENSSL)
                            .keyStoreType(KEY_STORE)
                            .protocols(TLS_1_3)
                            .applicationProtocolConfig(alpn())
                            .option(OpenSslContextOption.GROUPS, GROUPS.clone())
                            .build();
            return new TicketlessSslContext(context, verifier);
        } catch (GeneralSecurityException | SSLException e) {
            throw new TlsConfigException(
                    "%s %s, %s %s: BoringSSL does not take them (%s); %s"
                            .formatted(
                                    TlsFiles.CERT,
                                    material.files().cert(),
                                    TlsFiles.KEY,
                                    material.files().key(),
                                    e.getMessage(),
                                    KeyKinds.REMEDY),
                    e);
        }
    }

    private static SslContextBuilder builder(TlsMaterial material, Purpose side) {
        X509Certificate[] chain = material.chain().toArray(X509Certificate[]::new);
        return side == Purpose.SERVER
                ? SslContextBuilder.forServer(material.key(), chain).clientAuth(ClientAuth.REQUIRE)
                : SslContextBuilder.forClient().keyManager(material.key(), chain);
    }

    /**
     * The only failure behaviours that Netty's OpenSSL provider supports. {@link PeerTrustManager}
     * refuses a peer without common protocol.
     */
    private static ApplicationProtocolConfig alpn() {
        return new ApplicationProtocolConfig(
                Protocol.ALPN,
                SelectorFailureBehavior.NO_ADVERTISE,
                SelectedListenerFailureBehavior.ACCEPT,
                PeerTrustManager.ALPN_PROTOCOL);
    }

    private static void requirePurpose(TlsMaterial material, Purpose purpose, String side)
            throws TlsConfigException {
        if (!purpose.allows(material.leaf())) {
            throw new TlsConfigException(
                    TlsFiles.CERT,
                    material.files().cert(),
                    "its key usage or extended key usage lacks %s, which %s needs"
                            .formatted(purpose.label(), side),
                    "give the certificate that was issued for " + side);
        }
    }

    /**
     * Wraps a failure to load BoringSSL, pointing at the usual cause: a temporary folder mounted
     * noexec.
     */
    static TlsConfigException unavailable(Throwable cause) {
        Throwable root = cause;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return new TlsConfigException(
                "TLS cannot start: the native BoringSSL library (netty-tcnative) does not load ("
                        + root
                        + "); where the temporary folder is mounted noexec, name another:"
                        + " PAGEPROXY_JAVA_OPTS=-Dio.netty.native.workdir=DIR",
                cause);
    }
}
