package io.autotls.solver.http;

import io.autotls.spi.Challenge;
import io.autotls.spi.CleanUpJournal;
import io.autotls.spi.Setting;
import io.autotls.spi.SolverContext;
import io.autotls.spi.SpiContext;
import io.autotls.spi.TimeSource;
import io.autotls.tls.ChallengeCertificates;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;

/** An AutoTls as a solver sees it, with the challenges that other nodes presented. */
public final class TestContext implements SpiContext, SolverContext {
  public final ManualTime time = new ManualTime();
  public volatile int httpPort = 80;
  public volatile int publicHttpsPort = 443;
  public final Map<String, Challenge> ofOtherNodes = new ConcurrentHashMap<>();
  public final List<String> lookedUp = new CopyOnWriteArrayList<>();
  public final AtomicInteger readinessChanges = new AtomicInteger();

  public TestContext() {}

  /** A challenge whose key authorization follows from its token. */
  public static Challenge challenge(String token) {
    return Challenge.builder("http-01", "example.com")
        .token(token, keyAuthorization(token))
        .build();
  }

  public static String keyAuthorization(String token) {
    return token + ".9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI";
  }

  @Override
  public <T> T setting(Setting<T> setting) {
    return setting.read(Optional.empty());
  }

  @Override
  public int httpPort() {
    return httpPort;
  }

  @Override
  public int publicHttpsPort() {
    return publicHttpsPort;
  }

  @Override
  public TimeSource time() {
    return time;
  }

  @Override
  public Optional<Challenge> challenge(String type, String key) {
    lookedUp.add(type + " " + key);
    return Optional.ofNullable(ofOtherNodes.get(key));
  }

  @Override
  public CleanUpJournal journal() {
    throw new UnsupportedOperationException("what this solver answers ends with its process");
  }

  @Override
  public Optional<ChallengeCertificates> challengeCertificates() {
    return Optional.empty();
  }

  @Override
  public void readinessChanged() {
    readinessChanges.incrementAndGet();
  }

  @Override
  public Executor executor() {
    return time;
  }
}
