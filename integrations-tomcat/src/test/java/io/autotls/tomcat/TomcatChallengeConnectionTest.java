package io.autotls.tomcat;

import io.autotls.AutoTls;
import io.autotls.spi.ChallengeSolver;
import io.autotls.testing.AdaptedServer;
import io.autotls.testing.ChallengeConnectionContract;
import java.security.KeyStore;
import org.apache.tomcat.util.net.SSLHostConfig;

/** On the connector that the adapter makes. */
class TomcatChallengeConnectionTest extends ChallengeConnectionContract {
  @Override
  protected AdaptedServer install(AutoTls tls) throws Exception {
    AdaptedTomcat tomcat = new AdaptedTomcat(tls, folder());
    demand(tomcat.hostConfig());
    return tomcat;
  }

  final void demand(SSLHostConfig config) throws Exception {
    KeyStore trust = KeyStore.getInstance("PKCS12");
    trust.load(null, null);
    trust.setCertificateEntry("known", known().leaf());
    config.setCertificateVerification("required");
    config.setTrustStore(trust);
  }

  @Override
  protected ChallengeSolver solver(String type) {
    return Solvers.of(type);
  }
}
