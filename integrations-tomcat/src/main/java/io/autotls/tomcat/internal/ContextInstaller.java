package io.autotls.tomcat.internal;

import io.autotls.AutoTls;
import io.autotls.tls.KeyringSslContext;
import java.net.InetAddress;
import java.security.KeyStore;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Supplier;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.apache.catalina.Lifecycle;
import org.apache.catalina.LifecycleEvent;
import org.apache.catalina.LifecycleListener;
import org.apache.catalina.connector.Connector;
import org.apache.tomcat.util.net.SSLHostConfig;
import org.apache.tomcat.util.net.SSLHostConfig.CertificateVerification;
import org.apache.tomcat.util.net.SSLHostConfigCertificate;
import org.apache.tomcat.util.net.SSLImplementation;

/**
 * Gives each TLS configuration of a connector its context, just before the connector is
 * initialized: then the application has said all that it wants to say.
 */
final class ContextInstaller implements LifecycleListener {
  private final Connector connector;
  private final AutoTls tls;
  private final Supplier<Optional<InetAddress>> localAddress;

  ContextInstaller(Connector connector, AutoTls tls, Supplier<Optional<InetAddress>> localAddress) {
    this.connector = connector;
    this.tls = tls;
    this.localAddress = localAddress;
  }

  @Override
  public void lifecycleEvent(LifecycleEvent event) {
    if (!event.getType().equals(Lifecycle.BEFORE_INIT_EVENT)) {
      return;
    }
    for (SSLHostConfig config : connector.findSslHostConfigs()) {
      for (SSLHostConfigCertificate certificate : config.getCertificates(true)) {
        certificate.setSslContext(new LiveContext(context(config, certificate), localAddress));
      }
    }
  }

  private KeyringSslContext context(SSLHostConfig config, SSLHostConfigCertificate certificate) {
    if (config.getCertificateVerification() == CertificateVerification.NONE) {
      return KeyringSslContext.create(tls.keyring());
    }
    // Clients show certificates too. Tomcat knows whom to trust, and would tell only a context of
    // its own.
    return KeyringSslContext.create(tls.keyring(), clientTrust(certificate));
  }

  private static X509TrustManager clientTrust(SSLHostConfigCertificate certificate) {
    try {
      TrustManager[] managers =
          SSLImplementation.getInstance(null).getSSLUtil(certificate).getTrustManagers();
      if (managers == null) { // no trust store: as everywhere in Java, that of the JVM
        TrustManagerFactory jvm =
            TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        jvm.init((KeyStore) null);
        managers = jvm.getTrustManagers();
      }
      return Arrays.stream(managers)
          .filter(X509TrustManager.class::isInstance)
          .map(X509TrustManager.class::cast)
          .findFirst()
          .orElseThrow(() -> new IllegalStateException("no trust manager for X.509"));
    } catch (Exception e) {
      throw new IllegalArgumentException(
          "The trust store for client certificates cannot be used. Tomcat does not start. Check"
              + " truststoreFile or caCertificateFile of the SSLHostConfig",
          e);
    }
  }
}
