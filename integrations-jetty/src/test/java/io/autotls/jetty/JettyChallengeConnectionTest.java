package io.autotls.jetty;

import io.autotls.AutoTls;
import io.autotls.spi.ChallengeSolver;
import io.autotls.testing.AdaptedServer;
import io.autotls.testing.ChallengeConnectionContract;
import java.security.KeyStore;
import org.eclipse.jetty.util.ssl.SslContextFactory;

class JettyChallengeConnectionTest extends ChallengeConnectionContract {
  @Override
  protected AdaptedServer install(AutoTls tls) throws Exception {
    KeyStore trust = KeyStore.getInstance("PKCS12");
    trust.load(null, null);
    trust.setCertificateEntry("known", known().leaf());
    SslContextFactory.Server context = JettyAutoTls.sslContextFactory(tls);
    context.setNeedClientAuth(true);
    context.setTrustStore(trust);
    return new OwnConnector(tls, context);
  }

  @Override
  protected ChallengeSolver solver(String type) {
    return Solvers.of(type);
  }
}
