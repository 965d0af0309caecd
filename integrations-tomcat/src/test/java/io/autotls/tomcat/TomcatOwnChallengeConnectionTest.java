package io.autotls.tomcat;

import io.autotls.AutoTls;
import io.autotls.testing.AdaptedServer;
import org.apache.catalina.connector.Connector;
import org.apache.coyote.http11.Http11NioProtocol;
import org.apache.tomcat.util.net.SSLHostConfig;

/** On a connector that the application has already. */
class TomcatOwnChallengeConnectionTest extends TomcatChallengeConnectionTest {
  @Override
  protected AdaptedServer install(AutoTls tls) throws Exception {
    SSLHostConfig config = new SSLHostConfig();
    demand(config);
    Http11NioProtocol protocol = new Http11NioProtocol();
    protocol.setSSLEnabled(true);
    Connector own = new Connector(protocol);
    own.setPort(0);
    own.setSecure(true);
    own.setScheme("https");
    own.setProperty("address", "127.0.0.1");
    own.addSslHostConfig(config);
    return AdaptedTomcat.withOwnConnector(tls, folder(), own);
  }
}
