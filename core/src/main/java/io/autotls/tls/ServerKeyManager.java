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
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/** What all key managers for servers have in common: an alias names one generation. */
abstract class ServerKeyManager extends X509ExtendedKeyManager {
  /** The credential that {@link Credential#alias()} names, if this manager may serve it. */
  abstract @Nullable Credential byAlias(String alias);

  @Override
  public final X509Certificate @Nullable [] getCertificateChain(@Nullable String alias) {
    Credential credential = alias == null ? null : byAlias(alias);
    return credential == null ? null : credential.chainArray();
  }

  @Override
  public final @Nullable PrivateKey getPrivateKey(@Nullable String alias) {
    Credential credential = alias == null ? null : byAlias(alias);
    return credential == null ? null : credential.privateKey();
  }

  @Override
  public final String @Nullable [] getServerAliases(
      String keyType, Principal @Nullable [] issuers) {
    return null; // what is served depends on the visitor
  }

  @Override
  public final String @Nullable [] getClientAliases(
      String keyType, Principal @Nullable [] issuers) {
    return null;
  }

  @Override
  public final @Nullable String chooseClientAlias(
      String[] keyTypes, Principal @Nullable [] issuers, @Nullable Socket socket) {
    return null;
  }

  @Override
  public final @Nullable String chooseEngineClientAlias(
      String[] keyTypes, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
    return null;
  }

  /** The host in the ClientHello that JSSE read last; null if there is none, or not yet. */
  static @Nullable String requestedName(@Nullable SSLSession session) {
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
  static String keyAlgorithm(String keyType) {
    int underscore = keyType.indexOf('_');
    return Credential.family(underscore < 0 ? keyType : keyType.substring(0, underscore));
  }
}
