package io.autotls.testing.simulation;

import io.autotls.spi.Issuer;
import io.autotls.spi.Storage;
import java.security.SecureRandom;
import java.util.function.UnaryOperator;

/**
 * What stands between each simulated process and what it is given. Called anew for every process,
 * so that whatever is put there forgets what a process forgets when it ends. With it the simulator
 * runs a plug-in that decorates another one, and shows that it would find a bug: a decorator that
 * behaves as AutoTls would with the bug in it.
 *
 * @param storage what AutoTls gets in place of the storage
 * @param issuer what AutoTls gets in place of an issuer
 * @param random what AutoTls gets in place of its source of randomness
 */
public record Wiring(
    UnaryOperator<Storage> storage,
    UnaryOperator<Issuer> issuer,
    UnaryOperator<SecureRandom> random) {
  /** Nothing in between. */
  public static Wiring plain() {
    return new Wiring(UnaryOperator.identity(), UnaryOperator.identity(), UnaryOperator.identity());
  }

  /** The same with {@code decorator} before the storage. */
  public Wiring withStorage(UnaryOperator<Storage> decorator) {
    return new Wiring(decorator, issuer, random);
  }

  /** The same with {@code decorator} before each issuer. */
  public Wiring withIssuer(UnaryOperator<Issuer> decorator) {
    return new Wiring(storage, decorator, random);
  }

  /** The same with {@code decorator} before the source of randomness. */
  public Wiring withRandom(UnaryOperator<SecureRandom> decorator) {
    return new Wiring(storage, issuer, decorator);
  }
}
