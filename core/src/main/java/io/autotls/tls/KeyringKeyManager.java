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
import javax.net.ssl.StandardConstants;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the credential for a handshake by the name that the client sent.
 *
 * <p>JSSE may ask without a handshake session: on JDK 25 a stateless session ticket is checked before the
 * ClientHello's extensions are. Then the host that the engine was created for counts, which adapters take
 * from the ClientHello before they create it; without one the default is chosen.
 */
final class KeyringKeyManager extends X509ExtendedKeyManager {
  /** The protocol of TLS-ALPN-01 (RFC 8737 §6.2). */
  static final String ACME_TLS = "acme-tls/1";

  private final Keyring keyring;

  KeyringKeyManager(Keyring keyring) {
    this.keyring = keyring;
  }

  @Override
  public @Nullable String chooseEngineServerAlias(
      String keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
    if (engine == null) {
      return alias(keyType, null, null);
    }
    String name = serverName(engine.getHandshakeSession());
    return alias(
        keyType,
        name == null ? engine.getPeerHost() : name,
        engine.getHandshakeApplicationProtocol());
  }

  @Override
  public @Nullable String chooseServerAlias(
      String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
    if (!(socket instanceof SSLSocket tls)) {
      return alias(keyType, null, null);
    }
    return alias(
        keyType, serverName(tls.getHandshakeSession()), tls.getHandshakeApplicationProtocol());
  }

  private @Nullable String alias(
      String keyType, @Nullable String serverName, @Nullable String protocol) {
    Credential chosen;
    if (ACME_TLS.equals(protocol)) {
      // No pending challenge, no handshake: a visitor's certificate is no answer (RFC 8737 §3).
      chosen = serverName == null ? null : keyring.challenge(serverName);
    } else {
      chosen = keyring.find(serverName, algorithm(keyType));
    }
    return chosen != null && chosen.keyAlgorithm().equals(algorithm(keyType))
        ? chosen.alias()
        : null;
  }

  /** JSSE asks for EC, RSA, RSASSA-PSS, EdDSA, and for TLS 1.2 for EC_EC or EC_RSA. */
  private static String algorithm(String keyType) {
    int underscore = keyType.indexOf('_');
    return underscore < 0 ? keyType : keyType.substring(0, underscore);
  }

  private static @Nullable String serverName(@Nullable SSLSession session) {
    if (session instanceof ExtendedSSLSession extended) {
      List<SNIServerName> names = extended.getRequestedServerNames();
      for (int i = 0; i < names.size(); i++) {
        if (names.get(i).getType() == StandardConstants.SNI_HOST_NAME) {
          return names.get(i) instanceof SNIHostName host ? host.getAsciiName() : null;
        }
      }
    }
    return null;
  }

  @Override
  public @Nullable PrivateKey getPrivateKey(String alias) {
    Credential credential = keyring.byAlias(alias);
    return credential == null ? null : credential.privateKey();
  }

  @Override
  public X509Certificate @Nullable [] getCertificateChain(String alias) {
    Credential credential = keyring.byAlias(alias);
    return credential == null ? null : credential.chain().toArray(new X509Certificate[0]);
  }

  @Override
  public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
    return null; // names decide, not issuers; nothing in JSSE asks servers for a list
  }

  @Override
  public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
    return null;
  }

  @Override
  public @Nullable String chooseClientAlias(
      String[] keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
    return null;
  }
}
