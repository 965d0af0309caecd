package io.autotls.internal.localca;

import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The local CA as it is stored: one entry, so that keys and certificates always belong together.
 *
 * @param cross the root's key certified by the root before it; null for the first root
 * @param formerRoots what clients may still trust; their keys are gone
 */
record Authority(
    Signer root,
    Signer intermediate,
    @Nullable X509Certificate cross,
    List<X509Certificate> formerRoots) {
  Authority {
    formerRoots = List.copyOf(formerRoots);
  }

  /** What clients should trust: the root, and those before it that have not expired. */
  List<X509Certificate> roots() {
    List<X509Certificate> roots = new ArrayList<>(List.of(root.certificate()));
    roots.addAll(formerRoots);
    return roots;
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
