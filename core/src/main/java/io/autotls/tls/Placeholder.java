package io.autotls.tls;

import io.autotls.tls.Keyring.Placement;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What is served while there is nothing better: made by the first handshake that needs it. */
final class Placeholder {
  private final Generations generations;
  private @Nullable Supplier<Credential> supplier; // null unless set, and once it was called
  private volatile @Nullable Offers made; // null until somebody needs it

  Placeholder(Generations generations) {
    this.generations = generations;
  }

  synchronized void set(Supplier<Credential> supplier) {
    Offers previous = made;
    this.supplier = supplier;
    this.made = null;
    if (previous != null) {
      generations.release(previous.best());
    }
  }

  @Nullable Offers offers() {
    Offers present = made;
    return present != null ? present : make();
  }

  private synchronized @Nullable Offers make() {
    Supplier<Credential> pending = supplier;
    if (made == null && pending != null) {
      Credential fresh = pending.get();
      generations.retain(fresh);
      made = Offers.with(null, new Offers.Offer("placeholder", fresh, Placement.BY_NAME));
      supplier = null;
    }
    return made;
  }
}
