package io.autotls.internal.engine;

import static io.autotls.internal.engine.Harness.SPEC;
import static io.autotls.internal.engine.Harness.failure;
import static org.assertj.core.api.Assertions.assertThat;

import io.autotls.AutoTls;
import io.autotls.AutoTlsEvent;
import io.autotls.AutoTlsEvent.NodeClockDiffers;
import io.autotls.AutoTlsEvent.NodeClockDiffers.Suspect;
import io.autotls.CertificateSpec;
import io.autotls.Role;
import io.autotls.spi.IssuerException.Reaction;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What nodes write tells of their clocks, and a person hears of one that is wrong. */
class NodeClocksTest {
  private static final CertificateSpec OTHER = CertificateSpec.of("other.example");

  private final Harness h = new Harness();
  private final SkewedTime clock = new SkewedTime(h.time, Duration.ZERO); // of one node
  private final List<AutoTlsEvent> heard = new ArrayList<>(); // by the other one

  private AutoTls wrong(CertificateSpec... specs) {
    AutoTls.Builder builder = h.builder(h.issuer.node()).time(clock);
    for (CertificateSpec spec : specs) {
      builder.certificate(spec);
    }
    return builder.enable();
  }

  private AutoTls sound(CertificateSpec... specs) {
    AutoTls.Builder builder =
        h.builder(h.issuer.node()).listener(heard::add).role(Role.FOLLOWER).certificate(SPEC);
    for (CertificateSpec spec : specs) {
      builder.certificate(spec);
    }
    return builder.enable();
  }

  private List<NodeClockDiffers> told() {
    return heard.stream()
        .filter(NodeClockDiffers.class::isInstance)
        .map(NodeClockDiffers.class::cast)
        .toList();
  }

  @ParameterizedTest
  @CsvSource({"PT10M, 10 minutes", "PT2H, 2 hours", "P100D, 100 days", "P3650D, 10 years"})
  void aClockThatIsAheadIsToldOnceByWhatItsNodeWrites(String ahead, String words) {
    clock.isWrongBy(Duration.parse(ahead));
    wrong(SPEC);
    AutoTls sound = sound();

    h.advance(Duration.ofHours(3));

    assertThat(told()).singleElement();
    assertThat(told().get(0).ahead())
        .isBetween(Duration.parse(ahead).minusMinutes(1), Duration.parse(ahead));
    assertThat(told().get(0).suspect()).isEqualTo(Suspect.ONE_OF_THEM);
    assertThat(sound.explain("example.com").toString())
        .contains(
            "An entry in the storage was written by a node whose clock is "
                + words
                + " ahead of this machine's: one of the two clocks is wrong.");
    assertThat(h.status(sound).lastProblem().orElseThrow().toString())
        .contains(words + " ahead of this machine's", "by NTP");
  }

  @ParameterizedTest
  @CsvSource({"PT0S", "PT4M", "PT-2H", "P-400D"})
  void whatIsNotWrittenInOurFutureSaysNothing(String ahead) {
    clock.isWrongBy(Duration.parse(ahead));
    wrong(SPEC);
    AutoTls sound = sound();

    h.advance(Duration.ofHours(3));

    assertThat(told()).isEmpty();
    assertThat(sound.explain("example.com").toString()).doesNotContain("clock");
  }

  @Test
  void itIsNotToldAgainAsLongAsTheDifferenceIsTheSameAndAgainIfItIsAnother() {
    clock.isWrongBy(Duration.ofHours(2));
    h.issuer.failsAlways(failure(Reaction.RETRY_ATTEMPT));
    wrong(SPEC, OTHER);
    sound(OTHER);
    h.advance(Duration.ofDays(3));
    assertThat(h.events(AutoTlsEvent.Failed.class)).hasSizeGreaterThan(6);
    assertThat(told()).hasSize(1);

    clock.isWrongBy(Duration.ofDays(3));
    h.advance(Duration.ofDays(2));

    assertThat(told()).hasSize(2);
    assertThat(told().get(1).ahead())
        .isBetween(Duration.ofDays(3).minusMinutes(2), Duration.ofDays(3));
  }

  @Test
  void manyEntriesOfOneNodeAreToldOnceHoweverOldTheyAre() {
    clock.isWrongBy(Duration.ofDays(100));
    wrong(SPEC);
    h.advance(Duration.ofHours(5));
    wrong(OTHER).close();
    h.advance(Duration.ofHours(5));

    sound(OTHER);
    h.advance(Duration.ofMinutes(30));

    assertThat(told()).hasSize(1);
  }

  @Test
  void aDayAfterTheLastSuchEntryItIsNotSpokenOfAnyMore() {
    clock.isWrongBy(Duration.ofDays(100));
    AutoTls wrong = wrong(SPEC);
    h.advance(Duration.ofMinutes(1));
    wrong.close();
    AutoTls sound = sound();
    assertThat(h.status(sound).lastProblem()).isPresent();

    h.advance(Duration.ofHours(25));

    assertThat(h.status(sound).lastProblem()).isEmpty();
    assertThat(told()).hasSize(1);
  }

  @Test
  void aNodeThatSetsItsClockBackDoesNotAccuseItself() {
    h.issuer.failsAlways(failure(Reaction.RETRY_ATTEMPT));
    clock.isWrongBy(Duration.ofDays(3));
    AutoTls tls = wrong(SPEC);
    h.advance(Duration.ofHours(1));
    h.issuer.works();

    clock.isWrongBy(Duration.ZERO);
    h.advance(Duration.ofHours(12));

    assertThat(h.isServed(tls, "example.com")).isTrue();
    assertThat(h.events(NodeClockDiffers.class)).isEmpty();
    assertThat(h.status(tls).lastProblem()).isEmpty();
  }
}
