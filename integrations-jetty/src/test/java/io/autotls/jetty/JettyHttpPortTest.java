package io.autotls.jetty;

import io.autotls.AutoTls;
import io.autotls.spi.ChallengeSolver;
import io.autotls.testing.AdaptedServer;
import io.autotls.testing.HttpPortContract;

class JettyHttpPortTest extends HttpPortContract {
  @Override
  protected AdaptedServer install(AutoTls tls) {
    return new AdaptedJetty(tls);
  }

  @Override
  protected ChallengeSolver solver(String type) {
    return Solvers.of(type);
  }
}
