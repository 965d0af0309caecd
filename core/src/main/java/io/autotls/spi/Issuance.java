package io.autotls.spi;

import io.autotls.acme.Csr;
import io.autotls.acme.Identifier;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One certificate in the making, as an {@link Issuer} sees it at the beginning of a step.
 *
 * <p>The key pair was made for this issuance and stored before its first step; unless its issuer
 * makes keys itself, see {@link Issuer#keyOrigin}.
 */
public final class Issuance {
  /** Why a certificate is ordered. */
  public enum Reason {
    /** There is none for these names yet, or it came from another issuer. */
    FIRST,
    /** The one in service, by the same issuer, is to be replaced. */
    RENEWAL,
    /** The same, and now is the time that the issuer suggested. */
    SUGGESTED_RENEWAL
  }

  private final String specId;
  private final List<String> names;
  private final List<String> profiles;
  private final @Nullable KeyPair keyPair; // null if the issuer makes the key
  private final String keyType;
  private final @Nullable X509Certificate predecessor;
  private final Reason reason;
  private final Map<String, String> state;
  private final int attempt;
  private final boolean resumed;
  private final BooleanSupplier held;

  private Issuance(Builder builder) {
    this.specId = builder.specId;
    this.names = List.copyOf(builder.names);
    this.profiles = List.copyOf(builder.profiles);
    this.keyPair = builder.keyPair;
    this.keyType = builder.keyType;
    this.predecessor = builder.predecessor;
    this.reason = builder.reason;
    this.state = Map.copyOf(builder.state);
    this.attempt = builder.attempt;
    this.resumed = builder.resumed;
    this.held = builder.held;
  }

  /** A builder for an issuance at its first step, the first certificate for these names. */
  public static Builder builder(String specId, List<String> names, KeyPair keyPair) {
    return new Builder(specId, names, keyPair);
  }

  /** The same for an issuer that makes keys itself: {@link Issuer.KeyOrigin#ISSUER}. */
  public static Builder builder(String specId, List<String> names) {
    return new Builder(specId, names, null);
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

  /**
   * The certificate profiles that are wanted: none for the issuer's default, one that is required,
   * or several that are preferred, the best first, before the issuer's default.
   */
  public List<String> profiles() {
    return profiles;
  }

  /**
   * The key pair to be certified.
   *
   * @throws IllegalStateException if the issuer makes the key: {@link Issuer.KeyOrigin#ISSUER}
   */
  public KeyPair keyPair() {
    if (keyPair == null) {
      throw new IllegalStateException("the issuer of " + this + " makes the key itself");
    }
    return keyPair;
  }

  /**
   * The type of key that is wanted, as {@code autotls.key-type} has it: {@code ec-p256}. For those
   * who make keys themselves.
   */
  public String keyType() {
    return keyType;
  }

  /**
   * The request for the certificate (PKCS #10, RFC 2986) in DER, signed and ready to send: the key,
   * all names in the subject alternative name, no subject. The same at each step, in whichever
   * process that is taken: an issuer may recognize a request that it has got already.
   *
   * @throws IllegalStateException if the issuer makes the key
   */
  public byte[] csr() {
    return Csr.of(keyPair(), names.stream().map(Identifier::of).toList());
  }

  /**
   * The certificate in service that this one will replace, if the same issuer signed it: ACME tells
   * the CA so (RFC 9773 §5).
   */
  public Optional<X509Certificate> predecessor() {
    return Optional.ofNullable(predecessor);
  }

  /** Why this certificate is ordered. */
  public Reason reason() {
    return reason;
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

  /**
   * Returns if this node still holds the right to work on this issuance. Ask right before a remote
   * call that costs something, such as an order, if there was another slow call since the step
   * began.
   *
   * @throws LeaseLostException if another node may work on it now; the step ends with it
   */
  public void requireHeld() throws LeaseLostException {
    if (!held.getAsBoolean()) {
      throw new LeaseLostException("certificate " + specId);
    }
  }

  @Override
  public String toString() {
    return "Issuance[" + String.join(", ", names) + "]"; // never the key
  }

  /** Collects what an issuer has to know; not safe for use by many threads. */
  public static final class Builder {
    private final String specId;
    private final List<String> names;
    private final @Nullable KeyPair keyPair;
    private String keyType = "ec-p256";
    private List<String> profiles = List.of();
    private @Nullable X509Certificate predecessor;
    private Reason reason = Reason.FIRST;
    private Map<String, String> state = Map.of();
    private int attempt;
    private boolean resumed;
    private BooleanSupplier held = () -> true;

    private Builder(String specId, List<String> names, @Nullable KeyPair keyPair) {
      this.specId = specId;
      this.names = names;
      this.keyPair = keyPair;
    }

    /** Sets {@link Issuance#keyType}. {@code ec-p256} unless set. */
    public Builder keyType(String configName) {
      this.keyType = configName;
      return this;
    }

    /** Sets {@link Issuance#profiles}. None unless set. */
    public Builder profiles(List<String> profiles) {
      this.profiles = profiles;
      return this;
    }

    /** Sets {@link Issuance#predecessor} and {@link Issuance#reason}. None unless set. */
    public Builder replaces(X509Certificate predecessor, Reason reason) {
      this.predecessor = predecessor;
      this.reason = reason;
      return this;
    }

    /** Sets {@link Issuance#state}. Empty unless set. */
    public Builder state(Map<String, String> state) {
      this.state = state;
      return this;
    }

    /** Sets {@link Issuance#attempt}. Zero unless set. */
    public Builder attempt(int attempt) {
      this.attempt = attempt;
      return this;
    }

    /** Makes {@link Issuance#isResumed} true. */
    public Builder resumed() {
      this.resumed = true;
      return this;
    }

    /** Sets what {@link Issuance#requireHeld} asks. Always held unless set. */
    public Builder heldWhile(BooleanSupplier held) {
      this.held = held;
      return this;
    }

    /** The view. */
    public Issuance build() {
      return new Issuance(this);
    }
  }
}
