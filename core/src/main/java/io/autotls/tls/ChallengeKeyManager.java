package io.autotls.tls;

import java.net.Socket;
import java.security.Principal;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;

/**
 * For the one connection of a CA that comes for TLS-ALPN-01 (RFC 8737). Knows one challenge
 * certificate, or none, and no other: whatever a second ClientHello says, there is nothing else to
 * show. Unless exactly {@code acme-tls/1} was negotiated, for the same host, the handshake ends.
 */
final class ChallengeKeyManager extends ServerKeyManager {
  private final @Nullable Credential challenge; // null if there is none for the host

  ChallengeKeyManager(@Nullable Credential challenge) {
    this.challenge = challenge;
  }

  @Override
  public @Nullable String chooseEngineServerAlias(
      String keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
    if (engine == null || challenge == null) {
      return null;
    }
    boolean isNegotiated = ClientHello.ACME_TLS.equals(engine.getHandshakeApplicationProtocol());
    String requested = requestedName(engine.getHandshakeSession());
    boolean isSameHost = requested != null && requested.equalsIgnoreCase(engine.getPeerHost());
    boolean isUsable = challenge.keyAlgorithm().equals(keyAlgorithm(keyType));
    return isNegotiated && isSameHost && isUsable ? challenge.alias() : null;
  }

  @Override
  public @Nullable String chooseServerAlias(
      String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
    return null; // for engines only
  }

  @Override
  @Nullable Credential byAlias(String alias) {
    return challenge != null && challenge.alias().equals(alias) ? challenge : null;
  }
}
