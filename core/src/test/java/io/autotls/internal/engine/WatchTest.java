package io.autotls.internal.engine;

import static io.autotls.internal.engine.Harness.SPEC;
import static io.autotls.internal.engine.Harness.failure;
import static org.assertj.core.api.Assertions.assertThat;

import io.autotls.AutoTls;
import io.autotls.CertificateSpec;
import io.autotls.Role;
import io.autotls.spi.IssuerException.Reaction;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A watch is a hint, the poll is the truth: what one node writes another one serves soon. */
class WatchTest {
  private static final Duration A_MINUTE = Duration.ofSeconds(61);

  private final Harness h = new Harness();
  private FaultyStorage way; // of the follower to the store

  @BeforeEach
  void openWay() {
    way = new FaultyStorage(h.store);
  }

  @Test
  void aWatchThatHearsNothingAndDoesNotClaimToCostsAMinute() {
    AutoTls follower = follower(way.withDeafWatch());
    AutoTls issuer = h.node();
    h.advance(Duration.ofSeconds(5));

    h.advance(A_MINUTE);
    assertThat(h.served(follower)).isEqualTo(h.served(issuer));

    renew(issuer);
    h.advance(A_MINUTE);
    assertThat(h.served(follower)).isEqualTo(h.served(issuer));
  }

  @Test
  void aPlaceholderIsServedForAMinuteAtMostWhateverTheWatchClaims() {
    AutoTls follower = follower(way.withWatchThatLies());
    AutoTls issuer = h.node();
    h.advance(Duration.ofSeconds(5));
    assertThat(h.isServed(follower, "example.com")).isFalse();

    h.advance(A_MINUTE);

    assertThat(h.served(follower)).isEqualTo(h.served(issuer));
  }

  @Test
  void aNameThatIsAddedLaterHasItsPlaceholderForAMinuteAtMost() {
    CertificateSpec other = CertificateSpec.of("other.example");
    h.builder(h.issuer.node()).certificate(other).enable();
    AutoTls follower =
        h.builder(way, h.issuer.node()).certificate(other).role(Role.FOLLOWER).enable();
    h.advance(Duration.ofMinutes(10)); // all it wants is there, so it looks again in an hour
    way.withWatchThatLies();
    follower.add(SPEC);
    AutoTls issuer = h.node();
    h.advance(Duration.ofSeconds(5));

    h.advance(A_MINUTE);

    assertThat(h.served(follower)).isEqualTo(h.served(issuer));
  }

  @Test
  void anExpiredCertificateIsServedForAMinuteAtMostAfterANewOneIsThere() {
    AutoTls issuer = h.node();
    AutoTls follower = follower(way);
    h.advance(Duration.ofSeconds(5));
    way.withWatchThatLies();
    h.issuer.failsAlways(failure(Reaction.RETRY_ATTEMPT));
    h.advance(Duration.between(h.time.instant(), h.served(issuer).notAfter().plusSeconds(30)));
    h.issuer.works();

    renew(issuer);
    h.advance(A_MINUTE);

    assertThat(h.served(follower)).isEqualTo(h.served(issuer));
  }

  @Test
  void aWatchThatIsCaughtIsNotReliedOnAgain() {
    AutoTls issuer = h.node();
    AutoTls follower = followerThatMisses(issuer);
    h.advance(Duration.ofMinutes(59));
    assertThat(h.served(follower)).isNotEqualTo(h.served(issuer));
    h.advance(Duration.ofMinutes(2));
    assertThat(h.served(follower)).isEqualTo(h.served(issuer));

    renew(issuer);
    h.advance(A_MINUTE);

    assertThat(h.served(follower)).isEqualTo(h.served(issuer));
  }

  /** One whose watch did not tell of a renewal. */
  private AutoTls followerThatMisses(AutoTls issuer) {
    AutoTls follower = follower(way);
    h.advance(Duration.ofSeconds(10));
    way.withWatchThatLies();
    renew(issuer);
    return follower;
  }

  @Test
  void afterADoubtTheStoreIsLookedAtAtOnce() {
    AutoTls issuer = h.node();
    AutoTls follower = followerThatMisses(issuer);
    assertThat(h.served(follower)).isNotEqualTo(h.served(issuer));

    way.saysThatSomethingWasLost();
    h.advance(Duration.ofSeconds(1));

    assertThat(h.served(follower)).isEqualTo(h.served(issuer));
  }

  @Test
  void aStoreThatDoubtsAllTheTimeIsLookedAtEveryFewSecondsOnly() {
    h.node();
    follower(way);
    h.advance(Duration.ofMinutes(1));
    int before = way.lists();

    for (int i = 0; i < 600; i++) {
      way.saysThatSomethingWasLost();
      h.advance(Duration.ofMillis(100));
    }

    assertThat(way.lists() - before).isLessThan(60);
  }

  @Test
  void aWatchThatCannotBeginIsTriedAgain() {
    AutoTls issuer = h.node();
    AutoTls follower = follower(way.failsToWatch(3));
    h.advance(Duration.ofMinutes(5));

    renew(issuer);
    h.advance(Duration.ofSeconds(1));

    assertThat(h.served(follower)).isEqualTo(h.served(issuer));
  }

  @Test
  void aWatchThatEndsIsBegunAgain() {
    AutoTls issuer = h.node();
    AutoTls follower = follower(way);
    h.advance(Duration.ofMinutes(5));

    way.endsWatches();
    h.advance(Duration.ofSeconds(5));
    renew(issuer);
    h.advance(Duration.ofSeconds(1));

    assertThat(h.served(follower)).isEqualTo(h.served(issuer));
  }

  @Test
  void whatChangesAfterAWatchHasEndedIsSeenWithinSeconds() {
    AutoTls issuer = h.node();
    AutoTls follower = followerThatMisses(issuer);

    way.endsWatches();
    h.advance(Duration.ofSeconds(5));

    assertThat(h.served(follower)).isEqualTo(h.served(issuer));
  }

  @Test
  void aWatchThatEndsWhileTheStoreIsDownIsBegunWhenItIsBack() {
    AutoTls issuer = h.node();
    AutoTls follower = follower(way);
    h.advance(Duration.ofMinutes(5));

    way.goesDown();
    way.endsWatches();
    h.advance(Duration.ofMinutes(10));
    way.comesBack();
    h.advance(Duration.ofMinutes(10)); // it looks again, and begins a watch
    renew(issuer);
    h.advance(Duration.ofSeconds(1));

    assertThat(h.served(follower)).isEqualTo(h.served(issuer));
  }

  @Test
  void aWatchThatEndsAllTheTimeIsBegunEveryFewSecondsOnly() {
    h.node();
    follower(way);
    h.advance(Duration.ofMinutes(1));
    int before = way.lists();

    for (int i = 0; i < 600; i++) {
      way.endsWatches();
      h.advance(Duration.ofMillis(100));
    }

    assertThat(way.lists() - before).isLessThan(60);
  }

  @Test
  void whatCouldNotBeReadWhenItWasToldIsReadAMinuteLater() {
    AutoTls issuer = h.node();
    AutoTls follower = follower(way);
    h.advance(Duration.ofSeconds(5));
    way.onRead(
        key -> {
          throw new IOException("the store hiccups");
        });
    renew(issuer);
    way.onRead(key -> {});

    h.advance(A_MINUTE);

    assertThat(h.served(follower)).isEqualTo(h.served(issuer));
  }

  @Test
  void keysThatNobodyWantsAreIgnored() {
    AutoTls issuer = h.node();
    AutoTls follower = follower(way);
    h.advance(Duration.ofSeconds(5));

    way.tells("certificates/of-somebody-else");
    way.tells("no-record-at-all");
    renew(issuer);
    h.advance(Duration.ofSeconds(1));

    assertThat(h.served(follower)).isEqualTo(h.served(issuer));
  }

  private AutoTls follower(FaultyStorage storage) {
    return h.builder(storage, h.issuer.node()).certificate(SPEC).role(Role.FOLLOWER).enable();
  }

  /** A renewal takes five seconds at most. */
  private void renew(AutoTls issuer) {
    String before = h.served(issuer).alias();
    issuer.renewNow("example.com");
    for (int i = 0; i < 50 && h.served(issuer).alias().equals(before); i++) {
      h.advance(Duration.ofMillis(100));
    }
    assertThat(h.served(issuer).alias()).isNotEqualTo(before);
  }
}
