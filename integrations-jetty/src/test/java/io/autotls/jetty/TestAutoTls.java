package io.autotls.jetty;

import io.autotls.AutoTls;
import io.autotls.spi.ChallengeSolver;
import io.autotls.spi.Issuance;
import io.autotls.spi.Issuer;
import io.autotls.spi.IssuerContext;
import io.autotls.spi.Progress;
import io.autotls.storage.MemoryStorage;
import io.autotls.tls.Credential;
import java.util.Map;

/** An {@link AutoTls} for which no CA works: the test says which certificates there are. */
final class TestAutoTls {
  private TestAutoTls() {}

  /** Both ports are free ones. */
  static AutoTls with(ChallengeSolver... solvers) {
    AutoTls.Builder builder =
        AutoTls.builder()
            .domains("example.com")
            .issuer(new Silence())
            .storage(MemoryStorage.create())
            .httpPort(0)
            .httpsPort(0);
    for (ChallengeSolver solver : solvers) {
      builder.solver(solver);
    }
    return builder.enable();
  }

  /** Serves {@code credential} for its names from now on, and for unknown ones. */
  static void serve(AutoTls tls, Credential credential) {
    tls.keyring().install("test", credential.names(), credential);
  }

  private static final class Silence implements Issuer {
    @Override
    public String id() {
      return "silence";
    }

    @Override
    public String displayName() {
      return "a CA that says nothing";
    }

    @Override
    public void start(IssuerContext context) {}

    @Override
    public Progress advance(Issuance issuance) {
      return new Progress.Blocked(Map.of(), "the test installs certificates itself");
    }

    @Override
    public void abandon(Issuance issuance) {}

    @Override
    public void close() {}
  }
}
