package io.autotls.internal.localca;

import io.autotls.KeyType;
import io.autotls.internal.text.Keys;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes the authority, and makes its parts anew in time: an intermediate while every leaf that the
 * old one could sign has room before its end, a root two years before its end, so that clients have
 * two years to learn it. Until then its cross certificate leads them to the root that they know.
 */
final class Renewals {
  /** How long a root is valid. */
  static final Duration ROOT_LIFE = Duration.ofDays(3650);

  /** How long before its end a root is succeeded by the next. */
  static final Duration ROOT_OVERLAP = Duration.ofDays(730);

  /** How long an intermediate is valid. */
  static final Duration INTERMEDIATE_LIFE = Duration.ofDays(180);

  /** How long before its end an intermediate is succeeded; no leaf lives longer. */
  static final Duration INTERMEDIATE_OVERLAP = Duration.ofDays(60);

  private final Certificates certificates;
  private final SecureRandom random;

  Renewals(SecureRandom random) {
    this.random = random;
    this.certificates = new Certificates(random);
  }

  /** What is left of an authority: anything may be missing. */
  record Remains(
      @Nullable Signer root,
      @Nullable Signer intermediate,
      @Nullable X509Certificate cross,
      List<X509Certificate> formerRoots) {
    static Remains none() {
      return new Remains(null, null, null, List.of());
    }

    static Remains of(Authority authority) {
      return new Remains(
          authority.root(), authority.intermediate(), authority.cross(), authority.formerRoots());
    }
  }

  /** The authority as it should be now; equal to what is there if nothing is due or missing. */
  Authority upToDate(Remains remains, Instant now) {
    List<X509Certificate> former =
        remains.formerRoots().stream()
            .filter(root -> root.getNotAfter().toInstant().isAfter(now))
            .toList();
    Signer root = remains.root();
    if (root == null || !root.lasts(ROOT_OVERLAP, now)) {
      return succeed(root, former, now);
    }
    Signer intermediate = remains.intermediate();
    if (intermediate == null || !intermediate.lasts(INTERMEDIATE_OVERLAP, now)) {
      intermediate = certificates.intermediate(newKeys(), root, now, INTERMEDIATE_LIFE);
    }
    return new Authority(root, intermediate, remains.cross(), former);
  }

  private Authority succeed(@Nullable Signer old, List<X509Certificate> former, Instant now) {
    Signer root = certificates.root(newKeys(), now, ROOT_LIFE);
    Signer intermediate = certificates.intermediate(newKeys(), root, now, INTERMEDIATE_LIFE);
    if (old == null || !old.notAfter().isAfter(now)) {
      return new Authority(root, intermediate, null, former); // nobody can vouch for the new one
    }
    List<X509Certificate> formerRoots = new ArrayList<>(List.of(old.certificate()));
    formerRoots.addAll(former);
    return new Authority(root, intermediate, certificates.cross(root, old, now), formerRoots);
  }

  private KeyPair newKeys() {
    return Keys.generate(KeyType.EC_P256, random);
  }
}
