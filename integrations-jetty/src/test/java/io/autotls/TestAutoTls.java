package io.autotls;

import io.autotls.spi.ChallengeSolver;
import io.autotls.tls.Keyring;
import java.util.List;
import javax.net.ssl.SSLContext;

/** An {@link AutoTls} without an engine: the test says which certificates there are. */
public final class TestAutoTls {
  private TestAutoTls() {}

  /** Both ports are free ones. */
  public static AutoTls of(SSLContext context, ChallengeSolver... solvers) {
    return new AutoTls(new Keyring(), context, List.of(solvers), 0, 0);
  }
}
