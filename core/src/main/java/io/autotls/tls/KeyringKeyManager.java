package io.autotls.tls;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * What JSSE asks in a handshake, answered from a keyring.
 *
 * <p>JSSE calls {@code choose…Alias} once for each kind of key that the visitor accepts, until one
 * of the answers is not null, and then asks for key and chain of that alias.
 */
final class KeyringKeyManager extends X509ExtendedKeyManager {
  private static final String ACME_TLS = "acme-tls/1";
  private static final String BEGUN = KeyringKeyManager.class.getName();

  private final Keyring keyring;

  KeyringKeyManager(Keyring keyring) {
    this.keyring = keyring;
  }

  @Override
  public @Nullable String chooseEngineServerAlias(
      String keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
    if (engine == null) {
      return choose(keyType, null, null, null);
    }
    // On JDK 25 a stateless ticket is restored before SNI and ALPN are known: both are null then,
    // and only the host that the engine was created with tells whose ticket it is.
    return choose(
        keyType,
        engine.getHandshakeApplicationProtocol(),
        engine.getHandshakeSession(),
        engine.getPeerHost());
  }

  @Override
  public @Nullable String chooseServerAlias(
      String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
    if (!(socket instanceof SSLSocket tls)) {
      return choose(keyType, null, null, null);
    }
    // Who names no host may have come by address: RFC 6066 §3 allows no address in SNI.
    return choose(
        keyType,
        tls.getHandshakeApplicationProtocol(),
        tls.getHandshakeSession(),
        IpAddress.of(tls.getLocalAddress().getAddress()).toString());
  }

  private @Nullable String choose(
      String keyType,
      @Nullable String protocol,
      @Nullable SSLSession session,
      @Nullable String otherwise) {
    String algorithm = keyAlgorithm(keyType);
    String requested = requestedName(session);
    Credential chosen =
        ACME_TLS.equals(protocol)
            ? challenge(requested, algorithm)
            : find(requested != null ? requested : otherwise, algorithm, session);
    return chosen == null ? null : chosen.alias();
  }

  /** Answers all questions of one handshake from one reading of the keyring. */
  private @Nullable Credential find(
      @Nullable String serverName, String algorithm, @Nullable SSLSession session) {
    Offers begun =
        session != null && session.getValue(BEGUN) instanceof Offers value ? value : null;
    Offers offers = begun != null ? begun : keyring.offers(serverName);
    Credential found = offers == null ? null : offers.best(algorithm);
    if (session != null && found == null && offers != null) {
      session.putValue(BEGUN, offers);
    } else if (begun != null) {
      session.removeValue(BEGUN); // the session outlives the handshake, and the generation
    }
    return found;
  }

  private @Nullable Credential challenge(@Nullable String requested, String algorithm) {
    Credential challenge = requested == null ? null : keyring.challenge(requested);
    return challenge != null && challenge.keyAlgorithm().equals(algorithm) ? challenge : null;
  }

  @Override
  public X509Certificate @Nullable [] getCertificateChain(@Nullable String alias) {
    Credential credential = alias == null ? null : keyring.byAlias(alias);
    return credential == null ? null : credential.chainArray();
  }

  @Override
  public @Nullable PrivateKey getPrivateKey(@Nullable String alias) {
    Credential credential = alias == null ? null : keyring.byAlias(alias);
    return credential == null ? null : credential.privateKey();
  }

  @Override
  public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
    return null; // what is served depends on the visitor
  }

  @Override
  public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
    return null;
  }

  @Override
  public @Nullable String chooseClientAlias(
      String[] keyTypes, Principal @Nullable [] issuers, @Nullable Socket socket) {
    return null;
  }

  @Override
  public @Nullable String chooseEngineClientAlias(
      String[] keyTypes, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
    return null;
  }

  private static @Nullable String requestedName(@Nullable SSLSession session) {
    if (!(session instanceof ExtendedSSLSession extended)) {
      return null;
    }
    List<SNIServerName> names = extended.getRequestedServerNames();
    for (int i = 0; i < names.size(); i++) {
      if (names.get(i) instanceof SNIHostName host) {
        return host.getAsciiName();
      }
    }
    return null;
  }

  /** {@code EC_RSA} means an EC key certified by RSA; only the key matters to us. */
  private static String keyAlgorithm(String keyType) {
    int underscore = keyType.indexOf('_');
    return Credential.family(underscore < 0 ? keyType : keyType.substring(0, underscore));
  }
}
