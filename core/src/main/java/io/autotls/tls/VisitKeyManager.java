package io.autotls.tls;

import java.net.Socket;
import java.security.Principal;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;

/**
 * For engines that were made for a visitor whose ClientHello was read before. Knows certificates
 * and no challenges, and serves the host that the first ClientHello named, or nobody: what was
 * decided by that host, such as whether to ask for a client certificate, must not be passed by with
 * another host in a second one (RFC 8446 §4.1.2 allows no such change).
 */
final class VisitKeyManager extends KeyringKeyManager {
  VisitKeyManager(Keyring keyring) {
    super(keyring);
  }

  @Override
  public @Nullable String chooseEngineServerAlias(
      String keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
    if (engine == null) {
      return null;
    }
    String madeFor = engine.getPeerHost(); // null if the hello could not be read
    String requested = requestedName(engine.getHandshakeSession());
    if (madeFor != null && requested != null && !requested.equalsIgnoreCase(madeFor)) {
      return null;
    }
    return certificate(keyAlgorithm(keyType), engine.getHandshakeSession(), madeFor);
  }

  @Override
  public @Nullable String chooseServerAlias(
      String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
    return null; // for engines only
  }
}
