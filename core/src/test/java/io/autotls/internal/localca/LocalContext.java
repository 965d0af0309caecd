package io.autotls.internal.localca;

import io.autotls.spi.Cancellable;
import io.autotls.spi.Challenge;
import io.autotls.spi.ChallengeSolver;
import io.autotls.spi.Issuance;
import io.autotls.spi.IssuerContext;
import io.autotls.spi.Storage;
import io.autotls.spi.TimeSource;
import io.autotls.spi.Visibility;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.random.RandomGenerator;

/** What a local CA gets from its AutoTls: a storage, and a time that the test sets. */
public final class LocalContext implements IssuerContext {
  private final Storage storage;
  private Instant now;

  public LocalContext(Storage storage, Instant now) {
    this.storage = storage;
    this.now = now;
  }

  public void advance(Duration duration) {
    now = now.plus(duration);
  }

  public Instant now() {
    return now;
  }

  @Override
  public Storage storage() {
    return storage;
  }

  @Override
  public TimeSource time() {
    return new TimeSource() {
      @Override
      public Instant instant() {
        return now;
      }

      @Override
      public long nanos() {
        throw unused();
      }

      @Override
      public Cancellable schedule(Duration delay, Runnable task) {
        throw unused();
      }
    };
  }

  @Override
  public RandomGenerator random() {
    return new Random(1);
  }

  @Override
  public List<ChallengeSolver> solvers() {
    throw unused();
  }

  @Override
  public List<String> emails() {
    throw unused();
  }

  @Override
  public boolean termsOfServiceAgreed() {
    throw unused();
  }

  @Override
  public Visibility present(Issuance work, List<Challenge> challenges) {
    throw unused();
  }

  @Override
  public Visibility settle(Issuance work, List<Challenge> challenges) {
    throw unused();
  }

  @Override
  public void cleanUp(Issuance work, List<Challenge> challenges) {
    throw unused();
  }

  @Override
  public void admit(Issuance work) {
    throw unused();
  }

  @Override
  public void validationFailed(String name) {
    throw unused();
  }

  private static AssertionError unused() {
    return new AssertionError("a local CA needs no more than storage and time");
  }
}
