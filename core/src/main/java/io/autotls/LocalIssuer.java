package io.autotls;

import io.autotls.internal.localca.LocalCa;
import io.autotls.spi.Issuance;
import io.autotls.spi.Issuer;
import io.autotls.spi.IssuerContext;
import io.autotls.spi.IssuerException;
import io.autotls.spi.Progress;
import java.io.IOException;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A certificate authority in the storage of the application, for names that no public one may sign:
 * {@code localhost}, everything below {@code .localhost}, {@code .test}, {@code .internal}, {@code
 * .local} and {@code .home.arpa}, and private addresses. It makes development look like production,
 * and gives services inside a network their certificates.
 *
 * <pre>{@code
 * LocalIssuer local = LocalIssuer.create();
 * AutoTls tls = AutoTls.builder().domains("localhost", "127.0.0.1").issuer(local).enable();
 * Files.writeString(Path.of("roots.pem"), local.rootPem());     // curl --cacert roots.pem
 * }</pre>
 *
 * <p>Internal names come to a local CA by themselves if the configured CAs are public ones; {@code
 * autotls.ca=local} asks for nothing else.
 *
 * <p>The root and its key are made at the first use, kept in the storage under {@code local-ca/},
 * and shared by all nodes. The root lives for ten years and is succeeded after eight: for two years
 * both verify. Clients have to be told to trust it, see {@link #rootPem}. It carries name
 * constraints (RFC 5280 §4.2.1.10), so they trust it for internal names and for nothing else, even
 * if its key is stolen. Whoever can read the storage can sign for these names: keep it as you keep
 * a private key.
 *
 * <p>One object belongs to one {@link AutoTls}.
 */
public final class LocalIssuer implements Issuer {
  private static final Duration DEFAULT_LIFETIME = Duration.ofDays(7);
  private static final Duration MIN_LIFETIME = Duration.ofSeconds(10);

  private final Duration lifetime;
  private @Nullable IssuerContext context; // null before start; guarded by this, like the next
  private @Nullable LocalCa ca; // null before the first use, which most applications never come to

  private LocalIssuer(Builder builder) {
    this.lifetime = builder.lifetime;
  }

  /** A local CA whose certificates live for seven days. */
  public static LocalIssuer create() {
    return builder().build();
  }

  /** A builder with the defaults. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * The roots that clients should trust: one, or two in the years in which the next one succeeds
   * it. Makes the CA first if there is none.
   *
   * @throws IOException if the storage failed
   * @throws IllegalStateException before {@link AutoTls.Builder#enable}
   */
  public List<X509Certificate> roots() throws IOException {
    return started().roots();
  }

  /**
   * The {@link #roots} in PEM. With it in a file, {@code curl --cacert roots.pem}, {@code keytool
   * -importcert -cacerts -alias autotls-local-ca -file roots.pem} and the trust stores of operating
   * systems and browsers know what to do. A file storage has the same text under {@code local-ca/}.
   */
  public String rootPem() throws IOException {
    return started().rootPem();
  }

  @Override
  public String id() {
    return "local";
  }

  @Override
  public String displayName() {
    return "the local CA";
  }

  @Override
  public Trust trust() {
    return Trust.PRIVATE;
  }

  @Override
  public synchronized void start(IssuerContext context) {
    if (this.context != null) {
      throw new IllegalStateException(displayName() + " belongs to another AutoTls already");
    }
    this.context = context;
  }

  @Override
  public Progress advance(Issuance work) throws IssuerException, IOException {
    return started().advance(work);
  }

  /** Nothing was published, so nothing is to be taken away. */
  @Override
  public void abandon(Issuance work) {}

  @Override
  public void close() {}

  private synchronized LocalCa started() {
    if (context == null) {
      throw new IllegalStateException("the local CA works for nobody yet: enable AutoTls first");
    }
    if (ca == null) {
      ca = new LocalCa(context, lifetime, new SecureRandom());
    }
    return ca;
  }

  @Override
  public String toString() {
    return displayName();
  }

  /** Describes a local CA; not safe for use by many threads. */
  public static final class Builder {
    private Duration lifetime = DEFAULT_LIFETIME;

    private Builder() {}

    /**
     * Sets how long a certificate is valid: from ten seconds to 60 days. Seven days unless set.
     *
     * @throws IllegalArgumentException if it is shorter or longer
     */
    public Builder lifetime(Duration lifetime) {
      Objects.requireNonNull(lifetime, "lifetime");
      if (lifetime.compareTo(MIN_LIFETIME) < 0 || lifetime.compareTo(LocalCa.MAX_LIFETIME) > 0) {
        throw new IllegalArgumentException(
            "certificates of the local CA live from "
                + MIN_LIFETIME.toSeconds()
                + " seconds to "
                + LocalCa.MAX_LIFETIME.toDays()
                + " days, not "
                + lifetime);
      }
      this.lifetime = lifetime;
      return this;
    }

    /** Makes the issuer. */
    public LocalIssuer build() {
      return new LocalIssuer(this);
    }
  }
}
