package io.autotls.testing.simulation;

import io.autotls.KeyType;

/** What a schedule has more of than others. */
public enum Stress {
  /** Some of everything, as the seed draws it. */
  EVERYTHING,
  /** Processes end and start again, while the CA names times before which it wants no requests. */
  RESTARTS,
  /** A CA that allows little, so that a few failures use it up. */
  LIMITS,
  /** A first CA that often fails, and a second one, which may be for tests only. */
  SECOND_CA,
  /** People who ask for renewals meanwhile, and processes that are started with other CAs. */
  PEOPLE,
  /**
   * Certificates of three names of which some, at any time, cannot be proven any more: until long
   * after everything else works again.
   */
  DEAD_NAMES,
  /**
   * Servers that listen only some time after their process was started, and processes that are
   * stopped or killed at any moment; all else is well.
   */
  BOOTS,
  /**
   * Clocks that are set wrong by hours to years, forward or back, on one machine or on all, while
   * processes run and before they start, and right again within days.
   */
  CLOCKS,
  /**
   * People who want certificates revoked, from any node, while processes end and requests fail on
   * their way.
   */
  REVOCATIONS,
  /** Several nodes, and watches that are deaf, lose changes or repeat them; all else works. */
  WATCHES,
  /**
   * A new version that is rolled out and back while processes end and start: some store what the
   * others do not know, or in a form that the others must leave alone.
   */
  UPGRADES,
  /**
   * Certificates with names in common, whose challenges are answered at one place for each name, or
   * in a zone that is slow to show them, while processes end and start.
   */
  CHALLENGES;

  /**
   * Which keys to simulate it with: {@linkplain CheapKeys cheap} ones, unless it matters that no
   * two are the same by chance.
   */
  public KeyType keyType() {
    return switch (this) {
      case REVOCATIONS, UPGRADES -> KeyType.EC_P256;
      default -> KeyType.RSA_2048;
    };
  }
}
