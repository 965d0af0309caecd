package io.autotls.tls;

import java.net.Socket;
import java.security.Principal;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/**
 * What JSSE asks in a handshake, answered from a keyring: for sockets, and for engines that were
 * made before anybody read a ClientHello. JSSE has read it by now, and which application protocol
 * it chose decides between certificates and challenges.
 *
 * <p>JSSE calls {@code choose…Alias} once for each kind of key that the visitor accepts, until one
 * of the answers is not null, and then asks for key and chain of that alias.
 */
class KeyringKeyManager extends ServerKeyManager {
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
      @Nullable String hint) {
    String algorithm = keyAlgorithm(keyType);
    if (ClientHello.ACME_TLS.equals(protocol)) {
      Credential challenge = challenge(requestedName(session), algorithm);
      return challenge == null ? null : challenge.alias();
    }
    return certificate(algorithm, session, hint);
  }

  /**
   * The alias of a certificate, never of a challenge.
   *
   * @param hint the host or the address that the connection is for, as far as that is known without
   *     JSSE
   */
  @Nullable String certificate(
      String algorithm, @Nullable SSLSession session, @Nullable String hint) {
    Credential found = find(algorithm, session, hint);
    return found == null ? null : found.alias();
  }

  /** Answers all questions of one handshake from one reading of the keyring. */
  private @Nullable Credential find(
      String algorithm, @Nullable SSLSession session, @Nullable String hint) {
    Offers begun =
        session != null && session.getValue(BEGUN) instanceof Offers value ? value : null;
    Offers offers = begun != null ? begun : offers(session, hint);
    Credential found = offers == null ? null : offers.best(algorithm);
    if (session != null && found == null && offers != null) {
      session.putValue(BEGUN, offers);
    } else if (begun != null) {
      session.removeValue(BEGUN); // the session outlives the handshake, and the generation
    }
    return found;
  }

  private @Nullable Offers offers(@Nullable SSLSession session, @Nullable String hint) {
    String requested = requestedName(session);
    if (requested != null) {
      return keyring.offers(requested);
    }
    boolean named = session == null && hint != null && IpAddress.parse(hint).isEmpty();
    return named ? keyring.offers(hint) : keyring.offersUnnamed(hint);
  }

  private @Nullable Credential challenge(@Nullable String requested, String algorithm) {
    Credential challenge = requested == null ? null : keyring.challenge(requested);
    return challenge != null && challenge.keyAlgorithm().equals(algorithm) ? challenge : null;
  }

  @Override
  final @Nullable Credential byAlias(String alias) {
    return keyring.byAlias(alias);
  }
}
