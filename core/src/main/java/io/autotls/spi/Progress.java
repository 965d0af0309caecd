package io.autotls.spi;

import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** What one step of an {@link Issuer} came to. */
public sealed interface Progress {
  /**
   * There is more to do.
   *
   * @param state what to remember; replaces the previous state whole. No secrets, at most a few KiB
   * @param stage what the next step is about, for people
   * @param delay how long to wait before the next step; zero for at once
   * @param asks whom the next step asks
   */
  record Continue(Map<String, String> state, IssuanceStage stage, Duration delay, Asks asks)
      implements Progress {
    public Continue {
      state = Map.copyOf(state);
      Objects.requireNonNull(asks, "asks");
      if (delay.isNegative()) {
        throw new IllegalArgumentException("negative delay: " + delay);
      }
    }

    /** The next step asks the issuer. */
    public Continue(Map<String, String> state, IssuanceStage stage, Duration delay) {
      this(state, stage, delay, Asks.ISSUER);
    }
  }

  /** Whom a step asks, and whose turns it therefore waits for. */
  enum Asks {
    /** The issuer, and perhaps solvers too. Few steps ask one issuer at the same time. */
    ISSUER,
    /**
     * The solvers alone, such as whether an answer can be seen by now. It takes none of the
     * issuer's turns, and goes on while the issuer is down.
     */
    SOLVERS
  }

  /**
   * Nothing can be done before something outside changes, such as a server that has to start. The
   * step is tried again when a solver says that its readiness changed, and every minute anyway.
   *
   * @param state what to remember
   * @param reason what is missing and what the person can do
   */
  record Blocked(Map<String, String> state, String reason) implements Progress {
    public Blocked {
      state = Map.copyOf(state);
    }
  }

  /**
   * The certificate is there.
   *
   * @param chain the certificate, then each one that certifies the one before; without the root
   */
  record Issued(List<X509Certificate> chain) implements Progress {
    public Issued {
      chain = List.copyOf(chain);
      if (chain.isEmpty()) {
        throw new IllegalArgumentException("empty chain");
      }
    }
  }
}
