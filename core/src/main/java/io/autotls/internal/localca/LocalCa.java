package io.autotls.internal.localca;

import io.autotls.internal.names.InternalNames;
import io.autotls.spi.Issuance;
import io.autotls.spi.IssuerContext;
import io.autotls.spi.IssuerException;
import io.autotls.spi.Progress;
import java.io.IOException;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;

/** The local CA at work: it signs in one step, and asks nobody for proof. */
public final class LocalCa {
  /** The longest life of a certificate, so that the intermediate outlives each one it signs. */
  public static final Duration MAX_LIFETIME = Renewals.INTERMEDIATE_OVERLAP;

  private final IssuerContext context;
  private final Duration lifetime;
  private final Certificates certificates;
  private final AuthorityStore authorities;

  /** A CA whose certificates live so long. */
  public LocalCa(IssuerContext context, Duration lifetime, SecureRandom random) {
    this.context = context;
    this.lifetime = lifetime;
    this.certificates = new Certificates(random);
    this.authorities = new AuthorityStore(context.storage(), random);
  }

  /**
   * Signs.
   *
   * @throws IssuerException if a name is not an internal one
   */
  public Progress advance(Issuance work) throws IssuerException, IOException {
    for (String name : work.names()) {
      if (!InternalNames.isInternal(name)) {
        throw new IssuerException(
            IssuerException.Reaction.OPERATOR,
            name + " is not an internal name, and clients would refuse what this CA signs for it.",
            "configure a public CA for it, or use a name below .test, .internal or .localhost.",
            null);
      }
    }
    Instant now = now();
    Authority authority = authorities.current(now);
    X509Certificate leaf =
        certificates.leaf(
            work.keyPair().getPublic(), work.names(), authority.intermediate(), now, lifetime);
    return new Progress.Issued(authority.chain(leaf));
  }

  /** What clients should trust. The authority is made first if there is none. */
  public List<X509Certificate> roots() throws IOException {
    Instant now = now();
    return authorities.current(now).roots(now);
  }

  /** The same in PEM. */
  public String rootPem() throws IOException {
    return AuthorityCodec.pem(roots());
  }

  private Instant now() {
    return context.time().instant().truncatedTo(ChronoUnit.SECONDS); // as certificates have it
  }
}
