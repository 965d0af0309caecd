package io.autotls.spi;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

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

  /** The certificate is there. */
  final class Issued implements Progress {
    private final List<X509Certificate> chain;
    private final @Nullable PrivateKey privateKey; // null if the key is that of the issuance

    /**
     * A certificate for the key of the {@link Issuance}.
     *
     * @param chain the certificate, then each one that certifies the one before; without the root
     */
    public Issued(List<X509Certificate> chain) {
      this(chain, (PrivateKey) null);
    }

    /** The same, with the key that {@link #withKey} has. */
    private Issued(List<X509Certificate> chain, @Nullable PrivateKey privateKey) {
      this.chain = List.copyOf(chain);
      this.privateKey = privateKey;
      if (chain.isEmpty()) {
        throw new IllegalArgumentException("empty chain");
      }
    }

    /**
     * A certificate for a key that the issuer made; for those alone whose {@link Issuer#keyOrigin}
     * says so. AutoTls checks that both belong together before it serves them.
     *
     * @param chain as above
     * @param privateKey the key of its first certificate
     */
    public static Issued withKey(List<X509Certificate> chain, PrivateKey privateKey) {
      return new Issued(chain, Objects.requireNonNull(privateKey, "privateKey"));
    }

    /** The certificate, then each one that certifies the one before; without the root. */
    public List<X509Certificate> chain() {
      return chain;
    }

    /** The key, if the issuer made it. */
    public Optional<PrivateKey> privateKey() {
      return Optional.ofNullable(privateKey);
    }

    @Override
    public String toString() {
      return "Issued[" + chain.get(0).getSubjectX500Principal() + "]"; // never the key
    }
  }
}
