package io.autotls.jetty;

import io.autotls.tls.Credential;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;

/** One certificate for everybody, and one for {@code acme-tls/1}; both can change at any time. */
final class LiveKeys extends X509ExtendedKeyManager {
  private final Map<String, Credential> generations = new ConcurrentHashMap<>();
  private final AtomicInteger count = new AtomicInteger();
  private volatile String current;
  private volatile String challenge;

  void serve(Credential credential) {
    current = add(credential);
  }

  void challenge(Credential credential) {
    challenge = add(credential);
  }

  SSLContext context() {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(new KeyManager[] {this}, null, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private String add(Credential credential) {
    String alias = Integer.toString(count.incrementAndGet());
    generations.put(alias, credential);
    return alias;
  }

  @Override
  public String chooseEngineServerAlias(String keyType, Principal[] issuers, SSLEngine engine) {
    String alias =
        "acme-tls/1".equals(engine.getHandshakeApplicationProtocol()) ? challenge : current;
    if (alias == null) {
      return null;
    }
    String algorithm = generations.get(alias).privateKey().getAlgorithm();
    return keyType.startsWith(algorithm) || keyType.endsWith(algorithm) ? alias : null;
  }

  @Override
  public X509Certificate[] getCertificateChain(String alias) {
    return generations.get(alias).chain().toArray(X509Certificate[]::new);
  }

  @Override
  public PrivateKey getPrivateKey(String alias) {
    return generations.get(alias).privateKey();
  }

  @Override
  public String[] getClientAliases(String keyType, Principal[] issuers) {
    return null;
  }

  @Override
  public String chooseClientAlias(String[] keyType, Principal[] issuers, Socket socket) {
    return null;
  }

  @Override
  public String[] getServerAliases(String keyType, Principal[] issuers) {
    return null;
  }

  @Override
  public String chooseServerAlias(String keyType, Principal[] issuers, Socket socket) {
    return null;
  }
}
