package io.autotls.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.autotls.AutoTls;
import io.autotls.AutoTlsEvent;
import io.autotls.CertificateStatus;
import io.autotls.CertificateStatus.Serving;
import io.autotls.Problem;
import io.autotls.Role;
import io.autotls.spi.Entry;
import io.autotls.spi.Key;
import io.autotls.spi.KeyPrefix;
import io.autotls.spi.Listing;
import io.autotls.spi.Readiness;
import io.autotls.spi.Storage;
import io.autotls.spi.Version;
import io.autotls.spi.Watch;
import io.autotls.spi.WatchListener;
import io.autotls.testing.ReadySolver;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever a plug-in throws, people see it where they look: in an event, in the status and in the
 * explanation, for as long as it lasts.
 */
class UnforeseenFailureTest {
  private final Harness h = new Harness();

  static Stream<Throwable> failures() {
    return Stream.of(
        new IllegalStateException("boom"),
        new NullPointerException("boom"),
        new AssertionError("boom"),
        new NoClassDefFoundError("boom"),
        new StackOverflowError("boom"),
        new Exception("boom"),
        new IOException("boom"));
  }

  private static void check(AutoTls tls, Harness h) {
    CertificateStatus status = h.status(tls);
    Problem problem = status.lastProblem().orElseThrow();
    assertThat(problem.what()).contains("boom").endsWith(".");
    assertThat(status.nextStep()).isAfterOrEqualTo(h.time.instant().minusSeconds(1));
    assertThat(tls.explain("example.com")).contains("boom").doesNotContain("1970");
    assertThat(h.events(AutoTlsEvent.Failed.class)).isNotEmpty();
  }

  @ParameterizedTest
  @MethodSource("failures")
  void whatAnIssuerThrowsIsSeen(Throwable failure) {
    h.issuer.beforeStep(step -> Thrower.sneaky(failure));
    AutoTls tls = h.node();

    h.advance(Duration.ofSeconds(1));
    check(tls, h);
    h.issuer.beforeStep(step -> {});
    h.advance(Duration.ofHours(1));

    assertThat(h.status(tls).serving()).isEqualTo(Serving.CERTIFICATE);
    assertThat(h.status(tls).lastProblem()).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("failures")
  void whatASolverThrowsIsSeen(Throwable failure) {
    AutoTls tls =
        h.builder(h.issuer.node())
            .solver(
                new ReadySolver() {
                  @Override
                  public Readiness readiness() {
                    Thrower.sneaky(failure);
                    return super.readiness();
                  }
                })
            .certificate(Harness.SPEC)
            .enable();

    h.advance(Duration.ofSeconds(1));

    check(tls, h);
  }

  @ParameterizedTest
  @MethodSource("failures")
  void whatAStorageThrowsIsSeen(Throwable failure) {
    Thrower storage = new Thrower(h.store);
    storage.failOn(any -> true, failure);
    AutoTls tls = h.builder(storage, h.issuer.node()).certificate(Harness.SPEC).enable();

    h.advance(Duration.ofSeconds(1));
    check(tls, h);
    assertThat(tls.explain("example.com")).contains("a self-signed placeholder");
    h.advance(Duration.ofHours(2));
    check(tls, h);
    storage.failOn(any -> false, failure);
    h.advance(Duration.ofHours(1));

    assertThat(h.status(tls).serving()).isEqualTo(Serving.CERTIFICATE);
    assertThat(h.status(tls).lastProblem()).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("failures")
  void aStorageThatCanBeReadAndNotWrittenIsSeen(Throwable failure) {
    Thrower storage = new Thrower(h.store);
    storage.failOn(what -> what.startsWith("write certificates/"), failure);
    AutoTls tls = h.builder(storage, h.issuer.node()).certificate(Harness.SPEC).enable();

    h.advance(Duration.ofMinutes(30));
    check(tls, h);

    // The 1st, 2nd, 4th, 8th …: reading in between does not make each failure the first one.
    assertThat(h.events(AutoTlsEvent.Failed.class)).hasSizeLessThan(8);
  }

  @Test
  void theStatusOfAStorageThatFailsSaysWhenItIsLookedAtNext() {
    Thrower storage = new Thrower(h.store);
    storage.failOn(any -> true, new IOException("the disk is full"));
    AutoTls tls = h.builder(storage, h.issuer.node()).certificate(Harness.SPEC).enable();

    h.advance(Duration.ofSeconds(1));

    CertificateStatus status = h.status(tls);
    assertThat(status.phase()).isEqualTo("waits for the storage");
    assertThat(status.nextStep())
        .isEqualTo(status.lastProblem().orElseThrow().nextAttempt())
        .isAfter(h.time.instant());
    assertThat(tls.explain("example.com")).containsOnlyOnce("the disk is full");
  }

  @ParameterizedTest
  @MethodSource("failures")
  void whatAFollowersStorageThrowsIsSeen(Throwable failure) {
    h.node();
    h.advance(Duration.ofMinutes(1));
    Thrower storage = new Thrower(h.store);
    AutoTls follower =
        h.builder(storage, h.issuer.node()).role(Role.FOLLOWER).certificate(Harness.SPEC).enable();
    h.advance(Duration.ofSeconds(1));
    h.events.clear();

    storage.failOn(any -> true, failure);
    h.advance(Duration.ofHours(2));

    assertThat(follower.explain("example.com")).contains("boom");
    assertThat(h.status(follower).lastProblem().orElseThrow().what()).contains("boom");
    assertThat(h.events(AutoTlsEvent.Failed.class)).isNotEmpty();
    storage.failOn(any -> false, failure);
    h.advance(Duration.ofHours(2));
    assertThat(h.status(follower).lastProblem()).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("failures")
  void whatAListenerThrowsIsSeenByTheOthersOnce(Throwable failure) {
    List<AutoTlsEvent> heard = new ArrayList<>();
    boolean[] fails = {true};
    AutoTls tls =
        h.builder(h.issuer.node())
            .listener(
                event -> {
                  heard.add(event);
                  if (fails[0]) {
                    Thrower.sneaky(failure);
                  }
                })
            .certificate(Harness.SPEC)
            .enable();

    h.advance(Duration.ofMinutes(1));

    assertThat(h.events(AutoTlsEvent.Failed.class)).hasSize(1);
    assertThat(h.status(tls).lastProblem().orElseThrow().what())
        .contains("The listener ")
        .contains("boom");
    assertThat(tls.explain("example.com")).contains("mend the listener");
    assertThat(heard).noneMatch(AutoTlsEvent.Failed.class::isInstance);
    fails[0] = false;
    tls.renewNow("example.com");
    h.advance(Duration.ofMinutes(1));
    assertThat(h.status(tls).lastProblem()).isEmpty();
  }

  @Test
  void twoListenersThatThrowDoNotCallEachOtherForEver() {
    List<AutoTlsEvent> heard = new ArrayList<>();
    Consumer<AutoTlsEvent> broken =
        event -> {
          heard.add(event);
          throw new IllegalStateException("boom");
        };
    h.builder(h.issuer.node())
        .listener(broken)
        .listener(event -> broken.accept(event))
        .certificate(Harness.SPEC)
        .enable();

    h.advance(Duration.ofMinutes(1));

    assertThat(heard).hasSizeLessThan(6);
    assertThat(h.events(AutoTlsEvent.Failed.class)).hasSize(2);
  }

  @Test
  void whatARenewalWindowThrowsIsSeenAndDelaysNothing() {
    h.issuer.suggests(
        certificate -> {
          throw new IllegalStateException("boom");
        });
    AutoTls tls = h.node();

    h.advance(Duration.ofDays(1));

    assertThat(h.status(tls).lastProblem().orElseThrow().what()).contains("boom");
    assertThat(h.status(tls).phase()).isEqualTo("waits for renewal");
    assertThat(h.status(tls).nextStep()).isAfter(h.time.instant().plus(Duration.ofDays(30)));
    assertThat(h.events(AutoTlsEvent.Failed.class)).hasSize(1);
    h.advance(Duration.ofDays(89));
    assertThat(h.status(tls).serving()).isEqualTo(Serving.CERTIFICATE);
  }

  /** A storage that throws whatever it is told, at what it is told. */
  private static final class Thrower implements Storage {
    private final Storage store;
    private volatile Predicate<String> fails = any -> false;
    private volatile Throwable failure;

    private Thrower(Storage store) {
      this.store = store;
    }

    private void failOn(Predicate<String> what, Throwable with) {
      failure = with;
      fails = what;
    }

    @SuppressWarnings("unchecked")
    static <E extends Throwable> void sneaky(Throwable failure) throws E {
      throw (E) failure;
    }

    private void at(String what) {
      if (fails.test(what)) {
        sneaky(failure);
      }
    }

    @Override
    public Optional<Entry> read(Key key) throws IOException {
      at("read " + key);
      return store.read(key);
    }

    @Override
    public Version write(Key key, byte[] value, Version expected) throws IOException {
      at("write " + key);
      return store.write(key, value, expected);
    }

    @Override
    public boolean delete(Key key, Version expected) throws IOException {
      at("delete " + key);
      return store.delete(key, expected);
    }

    @Override
    public Listing list(KeyPrefix prefix) throws IOException {
      at("list " + prefix);
      return store.list(prefix);
    }

    @Override
    public Optional<Watch> watch(KeyPrefix prefix, WatchListener listener) {
      at("watch " + prefix);
      return Optional.empty();
    }

    @Override
    public String location() {
      return store.location();
    }

    @Override
    public void close() {}
  }
}
