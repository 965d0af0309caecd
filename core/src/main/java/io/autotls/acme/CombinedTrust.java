package io.autotls.acme;

import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.stream.Stream;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Trusts what the JVM trusts, and a few more roots. There is no way to trust everything. The name
 * in the certificate is checked by OkHttp in either case.
 */
final class CombinedTrust extends X509ExtendedTrustManager {
  private final X509ExtendedTrustManager system;
  private final X509ExtendedTrustManager additional;

  private CombinedTrust(X509ExtendedTrustManager system, X509ExtendedTrustManager additional) {
    this.system = system;
    this.additional = additional;
  }

  static X509ExtendedTrustManager of(Collection<X509Certificate> additionalRoots) {
    try {
      X509ExtendedTrustManager system = trustManager(null);
      return additionalRoots.isEmpty()
          ? system
          : new CombinedTrust(system, trustManager(keyStore(additionalRoots)));
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("the trusted roots cannot be used: " + e.getMessage(), e);
    }
  }

  private static KeyStore keyStore(Collection<X509Certificate> roots)
      throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    int number = 0;
    for (X509Certificate root : roots) {
      store.setCertificateEntry("root-" + number++, root);
    }
    return store;
  }

  private static X509ExtendedTrustManager trustManager(@Nullable KeyStore roots)
      throws GeneralSecurityException {
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(roots);
    for (TrustManager manager : factory.getTrustManagers()) {
      if (manager instanceof X509ExtendedTrustManager extended) {
        return extended;
      }
    }
    throw new IllegalStateException("this Java runtime has no X509ExtendedTrustManager");
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    either(manager -> manager.checkServerTrusted(chain, authType));
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    either(manager -> manager.checkServerTrusted(chain, authType, socket));
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    either(manager -> manager.checkServerTrusted(chain, authType, engine));
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    throw clientsAreNotExpected();
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    throw clientsAreNotExpected();
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    throw clientsAreNotExpected();
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return Stream.of(system, additional)
        .flatMap(manager -> Stream.of(manager.getAcceptedIssuers()))
        .toArray(X509Certificate[]::new);
  }

  private void either(Check check) throws CertificateException {
    try {
      check.on(additional);
    } catch (CertificateException notAdditional) {
      try {
        check.on(system);
      } catch (CertificateException notSystem) {
        notSystem.addSuppressed(notAdditional);
        throw notSystem;
      }
    }
  }

  private static CertificateException clientsAreNotExpected() {
    return new CertificateException("this side is a client");
  }

  @FunctionalInterface
  private interface Check {
    void on(X509ExtendedTrustManager manager) throws CertificateException;
  }
}
