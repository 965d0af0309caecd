package io.autotls.solver.tlsalpn;

import io.autotls.spi.Challenge;
import io.autotls.spi.CleanUpJournal;
import io.autotls.spi.Setting;
import io.autotls.spi.SolverContext;
import io.autotls.spi.SpiContext;
import io.autotls.spi.TimeSource;
import io.autotls.tls.ChallengeCertificates;
import io.autotls.tls.Keyring;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.atomic.AtomicInteger;

/** An {@code AutoTls} as a solver sees it, with the challenges of all nodes. */
final class TestContext implements SpiContext, SolverContext, AutoCloseable {
  final Keyring keyring = new Keyring();
  final List<Challenge> ofOtherNodes = new CopyOnWriteArrayList<>();
  final AtomicInteger lookups = new AtomicInteger();
  final AtomicInteger readinessChanges = new AtomicInteger();
  private final TimeSource time = TimeSource.system();

  @Override
  public Optional<Challenge> challenge(String type, String key) {
    lookups.incrementAndGet();
    return ofOtherNodes.stream()
        .filter(one -> one.type().equals(type) && one.identifier().equals(key))
        .findFirst();
  }

  @Override
  public CleanUpJournal journal() {
    throw new UnsupportedOperationException("what this solver answers ends with its process");
  }

  @Override
  public Optional<ChallengeCertificates> challengeCertificates() {
    return Optional.of(keyring.challengeCertificates());
  }

  @Override
  public void readinessChanged() {
    readinessChanges.incrementAndGet();
  }

  @Override
  public <T> T setting(Setting<T> setting) {
    return setting.read(Optional.empty());
  }

  @Override
  public int httpPort() {
    return 80;
  }

  @Override
  public int publicHttpsPort() {
    return 443;
  }

  @Override
  public TimeSource time() {
    return time;
  }

  @Override
  public void close() {}

  @Override
  public Executor executor() {
    return ForkJoinPool.commonPool();
  }
}
