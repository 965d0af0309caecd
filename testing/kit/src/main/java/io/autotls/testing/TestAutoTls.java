package io.autotls.testing;

import io.autotls.AutoTls;
import io.autotls.spi.ChallengeSolver;
import io.autotls.spi.Issuance;
import io.autotls.spi.Issuer;
import io.autotls.spi.IssuerContext;
import io.autotls.spi.Progress;
import io.autotls.storage.MemoryStorage;
import io.autotls.tls.Credential;
import io.autotls.tls.Keyring;
import java.util.Map;

/**
 * An {@link AutoTls} for {@code example.com} for which no CA works: the test says which
 * certificates there are. For tests of what serves them.
 */
public final class TestAutoTls {
  /** The name that it is for. */
  public static final String NAME = "example.com";

  private static final String SLOT = "test";

  private TestAutoTls() {}

  /** Both ports are free ones. */
  public static AutoTls with(ChallengeSolver... solvers) {
    return builder(solvers).enable();
  }

  /** For further settings. */
  public static AutoTls.Builder builder(ChallengeSolver... solvers) {
    AutoTls.Builder builder =
        AutoTls.builder()
            .domains(NAME)
            .issuer(new Silence())
            .storage(MemoryStorage.create())
            .httpPort(0)
            .httpsPort(0);
    for (ChallengeSolver solver : solvers) {
      builder.solver(solver);
    }
    return builder;
  }

  /** Both ports are free ones; it serves what the test installs in {@code keyring}. */
  public static AutoTls with(Keyring keyring, ChallengeSolver... solvers) {
    return builder(solvers).keyring(keyring).enable();
  }

  /** Serves {@code credential} for its names from now on, and for unknown ones. */
  public static void serve(Keyring keyring, Credential credential) {
    keyring.install(SLOT, credential.names(), credential);
  }

  /** Serves nothing any more, as before the first certificate. */
  public static void serveNothing(Keyring keyring) {
    keyring.remove(SLOT);
  }

  static class Silence implements Issuer {
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
