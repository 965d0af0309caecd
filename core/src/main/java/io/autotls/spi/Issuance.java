package io.autotls.spi;

import java.security.KeyPair;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One certificate in the making, as an {@link Issuer} sees it at the beginning of a step.
 *
 * <p>The key pair was made for this issuance and stored before its first step.
 */
public final class Issuance {
  private final String specId;
  private final List<String> names;
  private final @Nullable String profile;
  private final KeyPair keyPair;
  private final Map<String, String> state;
  private final int attempt;
  private final boolean resumed;

  /**
   * Creates a view.
   *
   * @param attempt see {@link #attempt}
   * @param resumed see {@link #isResumed}
   */
  public Issuance(
      String specId,
      List<String> names,
      @Nullable String profile,
      KeyPair keyPair,
      Map<String, String> state,
      int attempt,
      boolean resumed) {
    this.specId = specId;
    this.names = List.copyOf(names);
    this.profile = profile;
    this.keyPair = keyPair;
    this.state = Map.copyOf(state);
    this.attempt = attempt;
    this.resumed = resumed;
  }

  /** The id of the {@code CertificateSpec}. */
  public String specId() {
    return specId;
  }

  /**
   * The names in A-labels, with {@code *.} for wildcards, and IP addresses in their canonical form.
   */
  public List<String> names() {
    return names;
  }

  /** The certificate profile that is wanted, if any. */
  public Optional<String> profile() {
    return Optional.ofNullable(profile);
  }

  /** The key pair to be certified. */
  public KeyPair keyPair() {
    return keyPair;
  }

  /** What the previous step returned; empty at the first step. */
  public Map<String, String> state() {
    return state;
  }

  /** How many attempts have failed since the last success; 0 for the first. */
  public int attempt() {
    return attempt;
  }

  /**
   * Whether this step may have been tried before, with an outcome that was lost: true unless the
   * previous step of this issuance was taken, and stored, by this very process a moment ago.
   */
  public boolean isResumed() {
    return resumed;
  }

  @Override
  public String toString() {
    return "Issuance[" + String.join(", ", names) + "]"; // never the key
  }
}
