package io.autotls.testing.simulation;

import java.security.SecureRandom;
import java.security.SecureRandomSpi;
import java.util.SplittableRandom;

/**
 * Random bytes that a seed decides: what AutoTls takes for secrets is the same in every run of a
 * schedule.
 */
final class SeededRandom extends SecureRandom {
  private static final long serialVersionUID = 1L;

  SeededRandom(SplittableRandom source) {
    super(new Source(source), null);
  }

  /** For what is to be the same in every run of every seed. */
  static SeededRandom fixed() {
    return new SeededRandom(new SplittableRandom(20_261_124));
  }

  private static final class Source extends SecureRandomSpi {
    private static final long serialVersionUID = 1L;

    private final transient SplittableRandom source;

    private Source(SplittableRandom source) {
      this.source = source;
    }

    @Override
    protected void engineSetSeed(byte[] seed) {
      // The seed of the schedule is the only one.
    }

    @Override
    protected void engineNextBytes(byte[] bytes) {
      source.nextBytes(bytes);
    }

    @Override
    protected byte[] engineGenerateSeed(int size) {
      byte[] bytes = new byte[size];
      source.nextBytes(bytes);
      return bytes;
    }
  }
}
