package io.autotls.internal.localca;

import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The local CA as it is stored: one entry, so that keys and certificates always belong together.
 *
 * @param cross the root's key certified by the root before it; null for the first root
 * @param formerRoots what clients may still trust; their keys are gone
 * @param others roots that do not sign now, with their keys: a clock that is wrong, ahead or
 *     behind, seems to end a root that clients trust, and it signs again when the clock is right
 */
record Authority(
    Signer root,
    Signer intermediate,
    @Nullable X509Certificate cross,
    List<X509Certificate> formerRoots,
    Others others) {
  Authority {
    formerRoots = List.copyOf(formerRoots);
  }

  /**
   * Roots that do not sign now, in the order in which they were made.
   *
   * @param earlier made before the one that signs
   * @param later made after it
   */
  record Others(List<Signer> earlier, List<Signer> later) {
    static final Others NONE = new Others(List.of(), List.of());

    Others {
      earlier = List.copyOf(earlier);
      later = List.copyOf(later);
    }

    Stream<Signer> all() {
      return Stream.concat(earlier.stream(), later.stream());
    }
  }

  /** What clients should trust: the root, and all others that are valid. */
  List<X509Certificate> roots(Instant now) {
    Stream<X509Certificate> rest =
        Stream.concat(others.all().map(Signer::certificate), formerRoots.stream())
            .filter(one -> one.getNotAfter().toInstant().isAfter(now))
            .filter(one -> !one.getNotBefore().toInstant().isAfter(now));
    return Stream.concat(Stream.of(root.certificate()), rest).toList();
  }

  /**
   * A leaf and what leads from it to the roots. The cross certificate is for those who trust only
   * the former root; it is left out when it would end before the leaf, and so does that root.
   */
  List<X509Certificate> chain(X509Certificate leaf) {
    List<X509Certificate> chain = new ArrayList<>(List.of(leaf, intermediate.certificate()));
    if (cross != null && !cross.getNotAfter().before(leaf.getNotAfter())) {
      chain.add(cross);
    }
    return chain;
  }
}
