package io.autotls.internal.record;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autotls.CertificateSpec;
import io.autotls.KeyType;
import io.autotls.Problem;
import io.autotls.internal.text.Keys;
import io.autotls.internal.time.Due;
import io.autotls.spi.IssuanceStage;
import io.autotls.spi.Issuer;
import io.autotls.spi.IssuerException;
import io.autotls.spi.IssuerException.Reaction;
import io.autotls.spi.Progress;
import io.autotls.spi.Storage;
import io.autotls.tls.Credential;
import java.net.URI;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** A new plan changes the lines of the plan in a record, and nothing else. */
class RecordCodecTest {
  private static final Instant NOW = Instant.parse("2027-03-01T10:00:00.250Z");
  private static final CertificateSpec SPEC = CertificateSpec.of("example.com", "www.example.com");
  private final RecordCodec codec = new RecordCodec();
  private static final SecureRandom RANDOM = new SecureRandom();

  private final Generation current = generation("ca");
  private final Generation previous = generation("other");
  private final RenewalPlan first = RenewalPolicy.first(current, NOW, 0);

  private static Generation generation(String issuer) {
    Credential credential = Credential.selfSigned(SPEC.names(), InstantSource.fixed(NOW), RANDOM);
    return new Generation(credential, issuer, Issuer.Trust.PUBLIC, NOW, null);
  }

  private RenewalPlan suggested(String explanation) {
    Instant start = NOW.plus(Duration.ofDays(30));
    RenewalPlan.Window window =
        new RenewalPlan.Window(start, start.plus(Duration.ofDays(1)), URI.create(explanation));
    Instant askAt = NOW.plus(Duration.ofHours(6));
    return RenewalPolicy.suggested(first, current, window, askAt, NOW);
  }

  private static byte[] replanned(CertificateRecord before, RenewalPlan plan) {
    return RecordCodec.replanned(
        RecordCodec.encode(SPEC, before), before.with(plan).withoutSecrets(NOW));
  }

  @Test
  void namesThatFailAreStoredWithTheRecord() {
    NameFailures names =
        new NameFailures(Map.of("gone.example", 3, "slow.example", 1), Set.of("gone.example"));
    CertificateRecord record = CertificateRecord.first(NOW).with(names);

    CertificateRecord read = codec.decode(RecordCodec.encode(SPEC, record), NOW).record();

    assertThat(read.names()).isEqualTo(names);
  }

  @Test
  void aRecordSaysWhatItIsFor() {
    CertificateSpec spec =
        CertificateSpec.builder()
            .names("example.com", "*.example.org")
            .keyType(KeyType.RSA_3072)
            .profiles(List.of("tlsserver", "classic"))
            .build();

    byte[] text = RecordCodec.encode(spec, CertificateRecord.first(NOW));

    assertThat(RecordCodec.spec(text)).contains(spec);
    assertThat(RecordCodec.spec("nonsense".getBytes(UTF_8))).isEmpty();
  }

  @Test
  void aNewPlanIsWrittenAsIfAllWere() {
    CertificateRecord before =
        new CertificateRecord(current, previous, Job.first(NOW).done(current, first.at()), first);
    RenewalPlan plan = suggested("https://ca.example/why");

    byte[] text = replanned(before, plan);

    assertThat(new String(text, UTF_8))
        .isEqualTo(new String(RecordCodec.encode(SPEC, before.with(plan)), UTF_8))
        .contains("Window-Explanation: https://ca.example/why\n");
  }

  @Test
  void aWindowThatWasStoredIsReplaced() {
    CertificateRecord before =
        new CertificateRecord(current, null, Job.first(NOW).done(current, first.at()), first)
            .with(suggested("https://ca.example/before"));
    RenewalPlan plan = suggested("https://ca.example/after");

    byte[] text = replanned(before, plan);

    assertThat(new String(text, UTF_8))
        .isEqualTo(new String(RecordCodec.encode(SPEC, before.with(plan)), UTF_8))
        .doesNotContain("before");
  }

  @Test
  void aJobThatFailedStaysAsItIs() {
    Problem problem = new Problem(NOW, "It: failed\nbadly.", "Waits.", NOW.plusSeconds(9), "None.");
    Job begun =
        Job.first(NOW)
            .done(current, NOW)
            .begin("ca", new PendingKey.Present(Keys.generate(KeyType.EC_P256, RANDOM)), NOW);
    Job job =
        begun
            .advanced(Map.of("order", "https://ca.example/1"), IssuanceStage.ORDERING, NOW)
            .stepFailed(problem)
            .held(
                new IssuerHold(
                    2, Due.at(NOW.plusSeconds(60)), "was refused: once", IssuerHold.By.US));
    CertificateRecord before = new CertificateRecord(current, previous, job, first);
    RenewalPlan plan = suggested("https://ca.example/why");

    byte[] text = replanned(before, plan);

    assertThat(new String(text, UTF_8))
        .isEqualTo(new String(RecordCodec.encode(SPEC, before.with(plan)), UTF_8));
  }

  @Test
  void whomTheNextStepAsksOutlivesAProcess() {
    Job job =
        Job.first(NOW)
            .begin("ca", new PendingKey.Present(Keys.generate(KeyType.EC_P256, RANDOM)), NOW)
            .advanced(Map.of("order", "1"), IssuanceStage.SETTLING, NOW)
            .asking(Progress.Asks.SOLVERS);
    CertificateRecord record = new CertificateRecord(null, null, job, null);

    CertificateRecord read = codec.decode(RecordCodec.encode(SPEC, record), NOW).record();

    assertThat(read.job().asks()).isEqualTo(Progress.Asks.SOLVERS);
    assertThat(read.job().advanced(Map.of("order", "1"), IssuanceStage.VALIDATING, NOW).asks())
        .isEqualTo(Progress.Asks.ISSUER);
  }

  @Test
  void theProgressOfAnAttemptIsWrittenAsIfAllWere() {
    Job begun =
        Job.first(NOW)
            .done(current, NOW)
            .begin("ca", new PendingKey.Present(Keys.generate(KeyType.EC_P256, RANDOM)), NOW);
    CertificateRecord before = new CertificateRecord(current, previous, begun, first);
    CertificateRecord after =
        before.with(
            begun.advanced(Map.of("order", "https://ca.example/1"), IssuanceStage.VALIDATING, NOW));
    RecordCodec.Frame frame = RecordCodec.frame(SPEC, before);

    byte[] text = RecordCodec.encode(frame, after);

    assertThat(frame.fits(after)).isTrue();
    assertThat(new String(text, UTF_8))
        .isEqualTo(new String(RecordCodec.encode(SPEC, after), UTF_8))
        .contains("Job-State-order: https://ca.example/1\n");
  }

  @Test
  void whatMoreThanTheProgressHasChangedInIsWrittenAnew() {
    Job begun =
        Job.first(NOW)
            .done(current, NOW)
            .begin("ca", new PendingKey.Present(Keys.generate(KeyType.EC_P256, RANDOM)), NOW);
    CertificateRecord record = new CertificateRecord(current, previous, begun, first);
    Job another =
        begun.begin("ca", new PendingKey.Present(Keys.generate(KeyType.EC_P256, RANDOM)), NOW);

    RecordCodec.Frame frame = RecordCodec.frame(SPEC, record);

    assertThat(frame.fits(record)).isTrue();
    assertThat(
            List.of(
                record.with(another),
                record.with(Job.first(NOW).done(current, NOW)),
                record.with(suggested("https://ca.example/why")),
                record.renewed(generation("ca"), first, current),
                record.with(
                    begun.laidAside(IssuerHold.NONE, NOW).begin("other", begun.pendingKey(), NOW)),
                new CertificateRecord(current, null, begun, first)))
        .noneMatch(frame::fits);
  }

  @Test
  void anAttemptThatWasLaidAsideIsFoundAgain() {
    KeyPair key = Keys.generate(KeyType.EC_P256, RANDOM);
    KeyPair other = Keys.generate(KeyType.RSA_2048, RANDOM);
    Job job =
        Job.first(NOW)
            .begin("https://one.example/directory", new PendingKey.Present(key), NOW)
            .advanced(Map.of("order", "1", "Phase", "x"), IssuanceStage.VALIDATING, NOW)
            .laidAside(
                new IssuerHold(1, Due.at(NOW.plusSeconds(60)), "was down", IssuerHold.By.ISSUER),
                NOW)
            .begin("two", new PendingKey.Present(other), NOW)
            .advanced(Map.of("order", "2"), IssuanceStage.DOWNLOADING, NOW)
            .laidAside(
                new IssuerHold(1, Due.at(NOW.plusSeconds(60)), "was down", IssuerHold.By.ISSUER),
                NOW);
    CertificateRecord record = new CertificateRecord(current, previous, job, first);

    byte[] text = RecordCodec.encode(SPEC, record);
    CertificateRecord read = new RecordCodec().decode(text, NOW).record();

    assertThat(RecordCodec.encode(SPEC, read)).isEqualTo(text);
    Job again = read.job().takeUp("https://one.example/directory", NOW).orElseThrow();
    assertThat(again.state()).isEqualTo(Map.of("order", "1", "Phase", "x"));
    assertThat(again.stage()).contains(IssuanceStage.VALIDATING);
    assertThat(again.pendingPair().orElseThrow().getPublic()).isEqualTo(key.getPublic());
    assertThat(again.asides().keySet()).containsExactly("two");
    assertThat(replanned(record, suggested("https://ca.example/why")))
        .isEqualTo(RecordCodec.encode(SPEC, record.with(suggested("https://ca.example/why"))));
  }

  @Test
  void whoWantsAHoldAndWhatWasGrantedBesidesIsKept() {
    IssuerHold ours =
        new IssuerHold(2, Due.at(NOW.plusSeconds(60)), "was refused", IssuerHold.By.US);
    IssuerHold asked =
        new IssuerHold(1, Due.at(NOW.plusSeconds(90)), "was busy", IssuerHold.By.ISSUER);
    CertificateRecord record = withHolds(ours, asked).with(new ExtraAttempts(3, NOW));

    CertificateRecord read =
        new RecordCodec().decode(RecordCodec.encode(SPEC, record), NOW).record();

    assertThat(read.job().holds()).isEqualTo(Map.of("one", ours, "two", asked));
    assertThat(read.extras()).isEqualTo(new ExtraAttempts(3, NOW));
  }

  private static CertificateRecord decoded(String text) {
    return new RecordCodec().decode(text.getBytes(UTF_8), NOW).record();
  }

  private static CertificateRecord withHolds(IssuerHold one, IssuerHold two) {
    Job job =
        Job.first(NOW)
            .begin("one", new PendingKey.Present(Keys.generate(KeyType.EC_P256, RANDOM)), NOW)
            .held(one)
            .begin("two", new PendingKey.Present(Keys.generate(KeyType.EC_P256, RANDOM)), NOW)
            .held(two);
    return new CertificateRecord(null, null, job, null);
  }

  @Test
  void whatSomebodyEditedIsNotCopiedBlindly() {
    CertificateRecord record =
        new CertificateRecord(current, null, Job.first(NOW).done(current, first.at()), first);
    String text = new String(RecordCodec.encode(SPEC, record), UTF_8);

    for (String edited :
        List.of(
            "",
            text + "\n",
            text.strip(),
            text.replace("\n", "\r\n"),
            text.replace("Key-Type: ", "Key-Type "),
            text.replace("\nSection: current", "Section: current"),
            "\n" + text)) {
      assertThatThrownBy(() -> RecordCodec.replanned(edited.getBytes(UTF_8), record))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void nothingThatCasSayMakesARecordTooLargeToBeStored() {
    String saying = "語".repeat(1_000_000);
    Problem problem = new Problem(NOW, saying, saying, NOW.plusSeconds(9), saying);
    Map<String, String> state = Map.of("order", "https://ca.example/" + "o".repeat(2_000));
    Job job = Job.first(NOW);
    for (int issuer = 0; issuer < 8; issuer++) {
      String what = new IssuerException(Reaction.WAIT, saying, saying, null).getMessage();
      job =
          job.begin(
                  "ca-" + issuer,
                  new PendingKey.Present(Keys.generate(KeyType.RSA_2048, RANDOM)),
                  NOW)
              .advanced(state, IssuanceStage.ORDERING, NOW)
              .stepFailed(problem)
              .laidAside(
                  new IssuerHold(1, Due.at(NOW.plusSeconds(60)), what, IssuerHold.By.US), NOW);
    }
    Generation large = new Generation(largest(), "ca-1", Issuer.Trust.PUBLIC, NOW, null);

    byte[] text = RecordCodec.encode(SPEC, new CertificateRecord(large, large, job, first));

    // A store that encrypts writes base64: a third more.
    assertThat(text).hasSizeBetween(200_000, Storage.MAX_VALUE_BYTES * 3 / 4);
  }

  /** As large as a chain may be that a CA sends. */
  private static Credential largest() {
    List<String> names =
        IntStream.range(0, 2_900).mapToObj(i -> "h" + (10_000 + i) + ".example.com").toList();
    Credential credential = Credential.selfSigned(names, InstantSource.fixed(NOW), RANDOM);
    return Credential.of(credential.privateKey(), credential.chain());
  }

  /** As a node of a newer version would write a record. */
  private static String newer(CertificateRecord record, String format) {
    return new String(RecordCodec.encode(SPEC, record), UTF_8)
        .replace("Format: 1.0\n", "Format: " + format + "\nColour: blue\nRenewal-Mood: calm\n")
        .replace("\nEnd of", "\nSection: flags\nup\n\nEnd of");
  }

  private CertificateRecord obtained() {
    return new CertificateRecord(
        current, previous, Job.first(NOW).done(current, first.at()), first);
  }

  @Test
  void whatANewerVersionWroteIsKept() {
    String newer = newer(obtained(), "1.3");

    CertificateRecord read = codec.decode(newer.getBytes(UTF_8), NOW).record();
    Job begun =
        read.job().begin("ca", new PendingKey.Present(Keys.generate(KeyType.EC_P256, RANDOM)), NOW);
    String working = new String(RecordCodec.encode(SPEC, read.with(begun)), UTF_8);
    String renewed =
        new String(RecordCodec.encode(SPEC, read.renewed(generation("ca"), first, current)), UTF_8);

    assertThat(new String(RecordCodec.encode(SPEC, read), UTF_8)).isEqualTo(newer);
    assertThat(read.current().credential()).isEqualTo(current.credential());
    assertThat(List.of(working, renewed))
        .allSatisfy(
            text ->
                assertThat(text)
                    .contains("Format: 1.3\n", "Colour: blue\n", "Renewal-Mood: calm\n")
                    .contains("\nSection: flags\nup\n\nEnd of"));
  }

  @Test
  void aNewPlanKeepsWhatANewerVersionWrote() {
    CertificateRecord before = obtained();
    RenewalPlan plan = suggested("https://ca.example/why");

    byte[] text =
        RecordCodec.replanned(
            newer(before, "1.3").getBytes(UTF_8), before.with(plan).withoutSecrets(NOW));

    assertThat(new String(text, UTF_8)).isEqualTo(newer(before.with(plan), "1.3"));
  }

  @Test
  void theCertificateOfARecordThatThisVersionMustNotWriteIsServed() {
    String another =
        newer(obtained(), "2.0")
            .replace("AutoTls certificate record", "AutoTls bundle")
            .replace("Section: current", "Section: now")
            .replace("Section: previous", "Section: before")
            .replace("Current-Digest", "Current-Proof");

    for (String text : List.of(newer(obtained(), "2.0"), another)) {
      RecordCodec.Decoded read = codec.decode(text.getBytes(UTF_8), NOW);

      assertThat(read.damage()).isNull();
      assertThat(read.record().current().credential().leaf())
          .isEqualTo(current.credential().leaf());
      assertThat(read.record().job().isLeftToNewerNodes()).isTrue();
      assertThat(read.record().job().due()).isEqualTo(Due.BY_A_PERSON);
      assertThat(StoredTimes.believed(read.record(), NOW)).isEqualTo(read.record());
    }
  }

  @Test
  void anotherTitleCostsNoCertificate() {
    String text = new String(RecordCodec.encode(SPEC, obtained()), UTF_8);

    RecordCodec.Decoded read =
        codec.decode(text.replace("certificate record", "record").getBytes(UTF_8), NOW);

    assertThat(read.damage()).isNotNull();
    assertThat(read.record().current().credential()).isEqualTo(current.credential());
  }
}
