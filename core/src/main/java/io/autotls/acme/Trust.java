package io.autotls.acme;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.Collection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/** Whom the client trusts as a CA's own HTTPS: the JVM's roots, and some more. */
record Trust(SSLSocketFactory socketFactory, X509TrustManager trustManager) {

  static Trust of(Collection<X509Certificate> moreRoots) {
    try {
      X509TrustManager manager = trustManager(null);
      if (!moreRoots.isEmpty()) {
        KeyStore anchors = KeyStore.getInstance(KeyStore.getDefaultType());
        anchors.load(null, null);
        int number = 0;
        for (X509Certificate root : manager.getAcceptedIssuers()) {
          anchors.setCertificateEntry("jvm-" + number++, root);
        }
        for (X509Certificate root : moreRoots) {
          anchors.setCertificateEntry("more-" + number++, root);
        }
        manager = trustManager(anchors);
      }
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {manager}, null);
      return new Trust(context.getSocketFactory(), manager);
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("this Java platform has no TLS", e);
    }
  }

  private static X509TrustManager trustManager(@Nullable KeyStore anchors)
      throws GeneralSecurityException {
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(anchors); // null: those of the JVM
    for (TrustManager manager : factory.getTrustManagers()) {
      if (manager instanceof X509TrustManager x509) {
        return x509;
      }
    }
    throw new GeneralSecurityException("no X.509 trust manager");
  }
}
