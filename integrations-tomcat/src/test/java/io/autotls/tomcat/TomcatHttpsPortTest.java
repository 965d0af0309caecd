package io.autotls.tomcat;

import io.autotls.AutoTls;
import io.autotls.spi.ChallengeSolver;
import io.autotls.testing.AdaptedServer;
import io.autotls.testing.HttpsPortContract;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class TomcatHttpsPortTest extends HttpsPortContract {
  @TempDir private Path folder;

  @Override
  protected AdaptedServer install(AutoTls tls) {
    return new AdaptedTomcat(tls, folder);
  }

  @Override
  protected ChallengeSolver solver(String type) {
    return Solvers.of(type);
  }
}
