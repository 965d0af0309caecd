package io.autotls.tls;

import io.autotls.tls.Keyring.Placement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The credentials that slots offer for one name. Immutable; the one that lives longest comes first,
 * so that an expired one never hides a valid one.
 */
final class Offers {
  private static final Comparator<Offer> BEST_FIRST =
      Comparator.comparing((Offer offer) -> offer.placement() == Placement.IF_NOTHING_ELSE)
          .thenComparing(offer -> offer.credential().notAfter(), Comparator.reverseOrder());

  private final Offer[] offers;

  private Offers(Offer[] offers) {
    this.offers = offers;
  }

  /** What one slot offers. */
  record Offer(String slot, Credential credential, Placement placement) {}

  /** Adds {@code offer}, and drops what its slot offered before. */
  static Offers with(@Nullable Offers present, Offer offer) {
    if (present == null) {
      return new Offers(new Offer[] {offer});
    }
    List<Offer> next = present.except(offer.slot());
    next.add(0, offer);
    next.sort(BEST_FIRST); // stable: of two that live equally long the newer one comes first
    return new Offers(next.toArray(new Offer[0]));
  }

  /** Drops what {@code slot} offered; null if nothing is left. */
  static @Nullable Offers without(@Nullable Offers present, String slot) {
    if (present == null) {
      return null;
    }
    List<Offer> next = present.except(slot);
    return next.isEmpty() ? null : new Offers(next.toArray(new Offer[0]));
  }

  Credential best() {
    return offers[0].credential();
  }

  /** The best credential with a key of that family, as {@link Credential#keyAlgorithm()} says. */
  @Nullable Credential best(String keyAlgorithm) {
    for (Offer offer : offers) {
      if (offer.credential().keyAlgorithm().equals(keyAlgorithm)) {
        return offer.credential();
      }
    }
    return null;
  }

  /** Whose credentials these are: the same before and after a renewal. */
  Set<String> slots() {
    return Arrays.stream(offers).map(Offer::slot).collect(Collectors.toUnmodifiableSet());
  }

  private List<Offer> except(String slot) {
    List<Offer> others = new ArrayList<>(offers.length + 1);
    for (Offer offer : offers) {
      if (!offer.slot().equals(slot)) {
        others.add(offer);
      }
    }
    return others;
  }
}
