package io.autotls.tls;

import java.net.InetAddress;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLContextSpi;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocketFactory;
import javax.net.ssl.SSLSessionContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * A TLS context for servers that serves a {@link Keyring}. It lives as long as the server: renewed
 * certificates are in the next handshake without any reload, and TLS sessions survive a renewal.
 *
 * <p>As an {@link SSLContext} it serves any Java server. One that makes its own engines does better
 * with these, which know the ClientHello before the handshake begins:
 *
 * <ul>
 *   <li>{@link #engine}, which reads it by itself;
 *   <li>{@link #visitEngine} and {@link #challengeEngine} for those who read it, with {@link
 *       ClientHello#peek}.
 * </ul>
 *
 * <p>Their visitors resume sessions under each name, on every JDK, and never one of a name that has
 * another certificate (RFC 6066 §3): JDK 17 would. And who comes in by {@code acme-tls/1} gets an
 * engine that knows the challenge certificate and nothing else.
 *
 * <p>Safe for use by many threads.
 */
public final class KeyringSslContext extends SSLContext {
  /** Beyond so many certificates some visitors make a full handshake. One context takes 2 KiB. */
  private static final int MOST_CONTEXTS = 10_000;

  /** Stands for an address that is not known; no name in SNI is equal to it. */
  private static final String ANY_ADDRESS = "0.0.0.0";

  private final Keyring keyring;
  private final X509TrustManager clients;
  private final SSLContext jdk; // for sockets, and engines without a hello
  private final Map<Set<String>, SSLContext> visits = new ConcurrentHashMap<>(); // by slots

  private KeyringSslContext(Keyring keyring, X509TrustManager clients, SSLContext jdk) {
    super(new Delegate(jdk), jdk.getProvider(), jdk.getProtocol());
    this.keyring = keyring;
    this.clients = clients;
    this.jdk = jdk;
  }

  /** A context for servers that serves {@code keyring} and trusts no client certificates. */
  public static KeyringSslContext create(Keyring keyring) {
    return create(keyring, new TrustsNobody());
  }

  /**
   * A context for servers that serves {@code keyring} and asks {@code clients} about client
   * certificates. Whether clients are asked for one is a setting of the engine or socket.
   */
  public static KeyringSslContext create(Keyring keyring, X509TrustManager clients) {
    return new KeyringSslContext(keyring, clients, newContext(keyManager(keyring), clients));
  }

  /** As {@link #create(Keyring)}, for those who only read it. */
  public static KeyringSslContext create(KeyringView keyring) {
    return create(keyring.keyring());
  }

  /** As {@link #create(Keyring, X509TrustManager)}, for those who only read it. */
  public static KeyringSslContext create(KeyringView keyring, X509TrustManager clients) {
    return create(keyring.keyring(), clients);
  }

  /** The key manager of {@link #create}, for servers that insist on making their own context. */
  public static X509ExtendedKeyManager keyManager(Keyring keyring) {
    return new KeyringKeyManager(keyring);
  }

  /**
   * An engine for a server that reads the ClientHello by itself, and then becomes a {@link
   * #visitEngine} or a {@link #challengeEngine}. Whatever is set before or after holds for visits;
   * the latter takes versions and cipher suites from it, and nothing else. After a challenge's
   * handshake it delivers no data: it says that the connection is closed.
   *
   * @param local the address that the connection came to; null if that is not known
   */
  public SSLEngine engine(@Nullable InetAddress local) {
    return new HelloEngine(this, local);
  }

  /**
   * An engine for a server and a visitor. It serves the host in {@code hello} and no other, never
   * shows a challenge certificate, and must not offer {@code acme-tls/1}.
   *
   * @param hello null if what came is no ClientHello that could be read
   * @param local the address that the connection came to; null if that is not known
   */
  public SSLEngine visitEngine(@Nullable ClientHello hello, @Nullable InetAddress local) {
    return server(hello == null ? unread() : visit(hello, local));
  }

  /**
   * An engine for a server and a CA whose {@code hello} {@linkplain ClientHello#isForChallenge is
   * for} TLS-ALPN-01. It knows the challenge certificate of that host, if there is one, and fails
   * in every other case, whatever is in later hellos; it asks for no client certificate, and has no
   * sessions to resume. No application belongs behind it: close the connection after the handshake.
   * Of {@code settings} it takes the versions and cipher suites. Do not set anything else later.
   */
  public SSLEngine challengeEngine(ClientHello hello, SSLParameters settings) {
    String host = hello.serverName().orElse(ANY_ADDRESS);
    Credential challenge = hello.serverName().map(keyring::challenge).orElse(null);
    // A context of its own: JSSE would resume the session of an ordinary visit for this protocol
    // too, and the CA would not see the challenge certificate.
    SSLContext context = newContext(new ChallengeKeyManager(challenge), new TrustsNobody());
    SSLEngine engine = server(context.createSSLEngine(host, 0));
    SSLParameters own = engine.getSSLParameters();
    own.setProtocols(settings.getProtocols());
    own.setCipherSuites(settings.getCipherSuites());
    own.setUseCipherSuitesOrder(settings.getUseCipherSuitesOrder());
    own.setApplicationProtocols(new String[] {ClientHello.ACME_TLS});
    engine.setSSLParameters(own);
    return engine;
  }

  /** For settings, until it is known which engine they are for. */
  SSLEngine undecidedEngine() {
    return server(jdk.createSSLEngine());
  }

  /** Whose name it is JSSE will tell; what it resumes must not depend on that. */
  private SSLEngine unread() {
    return newContext(new VisitKeyManager(keyring), clients).createSSLEngine();
  }

  private SSLEngine visit(ClientHello hello, @Nullable InetAddress local) {
    String address = local == null ? ANY_ADDRESS : IpAddress.of(local.getAddress()).toString();
    String host = hello.serverName().orElse(address);
    Offers offers =
        hello.serverName().isPresent() ? keyring.offers(host) : keyring.offersUnnamed(host);
    return visits(offers == null ? Set.of() : offers.slots()).createSSLEngine(host, 0);
  }

  /**
   * One context for all names with the same certificates: only there may one resume a session of
   * the other.
   */
  private SSLContext visits(Set<String> slots) {
    SSLContext present = visits.get(slots);
    if (present != null) {
      return present;
    }
    if (visits.size() >= MOST_CONTEXTS) {
      visits.keySet().stream().findAny().ifPresent(visits::remove);
    }
    return visits.computeIfAbsent(slots, key -> newVisits());
  }

  private SSLContext newVisits() {
    SSLContext context = newContext(new VisitKeyManager(keyring), clients);
    SSLSessionContext sessions = context.getServerSessionContext();
    sessions.setSessionCacheSize(jdk.getServerSessionContext().getSessionCacheSize());
    sessions.setSessionTimeout(jdk.getServerSessionContext().getSessionTimeout());
    return context;
  }

  private static SSLEngine server(SSLEngine engine) {
    engine.setUseClientMode(false);
    return engine;
  }

  private static SSLContext newContext(KeyManager keys, X509TrustManager clients) {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(new KeyManager[] {keys}, new TrustManager[] {clients}, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java has no TLS", e);
    }
  }

  /** What any server may ask of a context. */
  private static final class Delegate extends SSLContextSpi {
    private final SSLContext jdk;

    Delegate(SSLContext jdk) {
      this.jdk = jdk;
    }

    @Override
    protected void engineInit(
        KeyManager @Nullable [] keys,
        TrustManager @Nullable [] trust,
        @Nullable SecureRandom random) {
      // It is initialized already, with the keys of the keyring.
    }

    @Override
    protected SSLSocketFactory engineGetSocketFactory() {
      return jdk.getSocketFactory();
    }

    @Override
    protected SSLServerSocketFactory engineGetServerSocketFactory() {
      return jdk.getServerSocketFactory();
    }

    @Override
    protected SSLEngine engineCreateSSLEngine() {
      return jdk.createSSLEngine();
    }

    @Override
    protected SSLEngine engineCreateSSLEngine(String host, int port) {
      return jdk.createSSLEngine(host, port);
    }

    @Override
    protected SSLSessionContext engineGetServerSessionContext() {
      return jdk.getServerSessionContext();
    }

    @Override
    protected SSLSessionContext engineGetClientSessionContext() {
      return jdk.getClientSessionContext();
    }

    @Override
    protected SSLParameters engineGetDefaultSSLParameters() {
      return jdk.getDefaultSSLParameters();
    }

    @Override
    protected SSLParameters engineGetSupportedSSLParameters() {
      return jdk.getSupportedSSLParameters();
    }
  }

  /** Saves the JDK from reading its file of roots, which takes longer than our whole start. */
  private static final class TrustsNobody implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType)
        throws CertificateException {
      throw new CertificateException("no client certificate is trusted here");
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType)
        throws CertificateException {
      throw new CertificateException("this context is for servers");
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
