package io.autotls.internal.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autotls.CertificateSpec;
import io.autotls.KeyType;
import io.autotls.internal.cluster.ChallengeStore.Claim;
import io.autotls.internal.record.CertificateRecord;
import io.autotls.internal.record.Job;
import io.autotls.internal.record.PendingKey;
import io.autotls.internal.record.RecordCodec;
import io.autotls.internal.record.RecordStore;
import io.autotls.internal.text.Keys;
import io.autotls.spi.Challenge;
import io.autotls.spi.Entry;
import io.autotls.spi.Key;
import io.autotls.spi.KeyPrefix;
import io.autotls.spi.LeaseLostException;
import io.autotls.spi.Listing;
import io.autotls.spi.Storage;
import io.autotls.spi.Version;
import io.autotls.storage.MemoryStorage;
import java.io.IOException;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What is answered for other nodes, also while a scanner asks for a thousand tokens a second. */
class ChallengeStoreTest {
  private static final String HTTP_01 = "http-01";
  private static final ChallengeStore.Fence HELD = () -> {};
  private static final String NAME = "example.com";
  private static final CertificateSpec SPEC = CertificateSpec.of(NAME);

  private final SharedTime time = new SharedTime();
  private final CountingStorage storage = new CountingStorage();
  private final ChallengeStore challenges = node(storage);
  private final ChallengeStore other = node(storage.stored);
  private int unknown;

  @Test
  void aChallengeOfAnotherNodeIsFoundByOneRead() throws IOException {
    other.publish(challenge("token"), null, HELD);

    assertThat(answer(ask("token"))).contains(challenge("token"));
    assertThat(challenges.find(HTTP_01, "token")).contains(challenge("token"));
    assertThat(storage.reads).isEqualTo(1); // and then it is known
    assertThat(storage.lists).isZero();
  }

  @Test
  void aFloodOfUnknownTokensSharesAFewLooksIntoTheStorage() {
    List<CompletableFuture<Optional<Challenge>>> answers = flood(10);

    assertThat(answers).hasSize(10_000).allMatch(answer -> answer.join().isEmpty());
    assertThat(storage.reads).isLessThanOrEqualTo(20 + 10 * 20);
    assertThat(storage.lists).isLessThanOrEqualTo(10 * 10 + 1);
  }

  @Test
  void whatIsPublishedInAFloodIsFoundEachTime() throws IOException {
    for (int i = 0; i < 100; i++) {
      flood(0.2);
      other.publish(challenge("token-" + i), null, HELD);
      CompletableFuture<Optional<Challenge>> asked = ask("token-" + i);
      flood(0.2);

      assertThat(answer(asked)).contains(challenge("token-" + i));
    }
  }

  @Test
  void whatWasPublishedBeforeAFloodIsKnownWhenTheCaAsks() throws IOException {
    other.publish(challenge("token"), null, HELD);
    flood(5);
    int before = storage.reads + storage.lists;

    assertThat(challenges.lookUp(HTTP_01, "token").toCompletableFuture()).isCompleted();
    assertThat(challenges.find(HTTP_01, "token")).contains(challenge("token"));
    assertThat(storage.reads + storage.lists).isEqualTo(before);
  }

  @Test
  void aListThatHadBegunBeforeTheQuestionDoesNotAnswerIt() {
    List<CompletableFuture<Optional<Challenge>>> asked = new ArrayList<>();
    storage.afterList =
        () -> {
          if (asked.isEmpty()) {
            other.publish(
                challenge("token"), null, HELD); // the list has been made already, without it
            asked.add(ask("token"));
          }
        };

    flood(1);

    assertThat(answer(asked.get(0))).contains(challenge("token"));
  }

  @Test
  void whatWasWithdrawnIsForgottenSoon() throws IOException {
    other.publish(challenge("token"), null, HELD);
    answer(ask("token"));
    other.withdraw(challenge("token"), null);

    time.advance(Duration.ofSeconds(11));

    assertThat(answer(ask("token"))).isEmpty();
  }

  @Test
  void aNewChallengeForANameReplacesTheOldOneAtOnce() throws IOException {
    Challenge first =
        Challenge.builder("tls-alpn-01", "example.com").token("first", "first.x").build();
    Challenge second =
        Challenge.builder("tls-alpn-01", "example.com").token("second", "second.x").build();
    other.publish(first, NAME, HELD);
    assertThat(challenges.find("tls-alpn-01", "example.com")).contains(first);

    other.publish(second, NAME, HELD);

    assertThat(challenges.find("tls-alpn-01", "example.com")).contains(second);
  }

  @Test
  void whatAnotherNodePublishedSinceGoesBeforeWhatThisNodePublishedForAName() throws IOException {
    Challenge first =
        Challenge.builder("tls-alpn-01", "example.com").token("first", "first.x").build();
    Challenge second =
        Challenge.builder("tls-alpn-01", "example.com").token("second", "second.x").build();
    challenges.publish(first, NAME, HELD);

    other.publish(second, NAME, HELD);

    assertThat(challenges.find("tls-alpn-01", "example.com")).contains(second);
    assertThat(answer(challenges.lookUp("tls-alpn-01", "example.com").toCompletableFuture()))
        .contains(second);
  }

  @Test
  void whatThisNodePublishedForANameIsKnownWhileTheStorageFails() throws IOException {
    Challenge ours =
        Challenge.builder("tls-alpn-01", "example.com").token("ours", "ours.x").build();
    challenges.publish(ours, NAME, HELD);
    storage.failures = 2;

    assertThat(challenges.find("tls-alpn-01", "example.com")).contains(ours);
  }

  @Test
  void aStorageThatFailsOnceIsAskedAgain() throws IOException {
    other.publish(challenge("token"), null, HELD);
    other.publish(challenge("another"), null, HELD);
    storage.failures = 1;
    assertThat(answer(ask("token"))).contains(challenge("token"));

    flood(0.1); // no more reads of its own for a while
    storage.failures = 1;
    assertThat(answer(ask("another"))).contains(challenge("another"));
  }

  @Test
  void whoWaitsWhenTheNodeIsClosedGetsNoAnswerButOneThatSaysSo() {
    IntStream.range(0, 100).forEach(i -> askForSomethingUnknown());
    CompletableFuture<Optional<Challenge>> last = ask("token");

    challenges.close();

    assertThat(last).isCompletedWithValue(Optional.empty());
    assertThat(ask("token")).isCompletedWithValue(Optional.empty());
  }

  @Test
  void twoOrdersForOneNameHaveTwoEntries() throws IOException {
    challenges.publish(challenge("ecdsa"), null, HELD);
    other.publish(challenge("rsa"), null, HELD);
    challenges.withdraw(challenge("ecdsa"), null);

    assertThat(challenges.find(HTTP_01, "rsa")).contains(challenge("rsa"));
  }

  @Test
  void aPlaceThatIsInUseKeepsOthersOutUntilItIsFree() throws IOException {
    underWay(SPEC);
    Challenge first = atPlace("first", SPEC.id());
    Challenge second = atPlace("second", "another-certificate");
    assertThat(challenges.publish(first, NAME, HELD)).isEqualTo(Claim.TAKEN);

    assertThat(other.publish(second, NAME, HELD)).isEqualTo(Claim.OCCUPIED);
    other.withdraw(second, NAME);
    assertThat(other.find("tls-alpn-01", NAME)).contains(first);
    challenges.withdraw(first, NAME);

    assertThat(other.publish(second, NAME, HELD)).isEqualTo(Claim.TAKEN);
    assertThat(challenges.find("tls-alpn-01", NAME)).contains(second);
  }

  @Test
  void aPlaceWhoseWorkHasEndedIsFree() throws IOException {
    challenges.publish(atPlace("first", SPEC.id()), NAME, HELD); // its record does not exist

    assertThat(other.publish(atPlace("second", "another-certificate"), NAME, HELD))
        .isEqualTo(Claim.TAKEN);
  }

  @Test
  void aPlaceWhoseNodeIsGoneIsFreeAfterAQuarterOfAnHour() throws IOException {
    underWay(SPEC);
    Challenge second = atPlace("second", "another-certificate");
    challenges.publish(atPlace("first", SPEC.id()), NAME, HELD);

    time.advance(Duration.ofMinutes(16)); // nobody takes the step that is due
    assertThat(other.publish(second, NAME, HELD)).isEqualTo(Claim.OCCUPIED);
    time.advance(Duration.ofMinutes(14));
    assertThat(other.publish(second, NAME, HELD)).isEqualTo(Claim.OCCUPIED);
    time.advance(Duration.ofMinutes(2));

    assertThat(other.publish(second, NAME, HELD)).isEqualTo(Claim.TAKEN);
  }

  @Test
  void aNodeThatStoodStillPutsNoOldAnswerInThePlaceOfANewOne() throws IOException {
    underWay(SPEC);
    Challenge now = atPlace("of-now", SPEC.id());
    other.publish(now, NAME, HELD);
    ChallengeStore.Fence lost =
        () -> {
          throw new LeaseLostException("certificate");
        };

    assertThatThrownBy(() -> challenges.publish(atPlace("of-old", SPEC.id()), NAME, lost))
        .isInstanceOf(LeaseLostException.class);
    assertThat(challenges.find("tls-alpn-01", NAME)).contains(now);
  }

  @Test
  void theSameCertificateTakesItsPlaceAgain() throws IOException {
    underWay(SPEC);
    challenges.publish(atPlace("before-the-crash", SPEC.id()), NAME, HELD);

    assertThat(other.publish(atPlace("after", SPEC.id()), NAME, HELD)).isEqualTo(Claim.TAKEN);
  }

  @Test
  void aChallengeWithoutATokenIsStoredWithAllThatItKnows() throws IOException {
    Challenge persistent =
        Challenge.builder("dns-persist-01", NAME)
            .wildcard()
            .accountUrl(URI.create("https://ca.example/account/1"))
            .issuerDomainNames(List.of("ca.example", "ca.test"))
            .certificateId("certificate")
            .build();
    other.publish(persistent, "place", HELD);

    assertThat(challenges.find("dns-persist-01", "place")).contains(persistent);
  }

  private static Challenge atPlace(String token, String certificate) {
    return Challenge.builder("tls-alpn-01", NAME)
        .token(token, token + ".x")
        .certificateId(certificate)
        .build();
  }

  private void underWay(CertificateSpec spec) throws IOException {
    Job job =
        Job.first(time.node().instant())
            .begin(
                "ca",
                new PendingKey.Present(Keys.generate(KeyType.EC_P256, new SecureRandom())),
                time.node().instant());
    storage.stored.write(
        RecordStore.key(spec),
        RecordCodec.encode(spec, new CertificateRecord(null, null, job, null)),
        Version.NONE);
  }

  private ChallengeStore node(Storage store) {
    SharedTime.Node clock = time.node();
    return new ChallengeStore(store, new OngoingWork(new RecordStore(store), clock), clock, clock);
  }

  /** A thousand questions a second, each for something else. */
  private List<CompletableFuture<Optional<Challenge>>> flood(double seconds) {
    List<CompletableFuture<Optional<Challenge>>> answers = new ArrayList<>();
    for (int i = 0; i < seconds * 1_000; i++) {
      answers.add(askForSomethingUnknown());
      time.advance(Duration.ofMillis(1));
    }
    time.advance(Duration.ofMillis(100));
    return answers;
  }

  private CompletableFuture<Optional<Challenge>> askForSomethingUnknown() {
    return ask("unknown-" + unknown++);
  }

  private CompletableFuture<Optional<Challenge>> ask(String token) {
    return challenges.lookUp(HTTP_01, token).toCompletableFuture();
  }

  private Optional<Challenge> answer(CompletableFuture<Optional<Challenge>> asked) {
    time.advance(Duration.ofMillis(200));
    assertThat(asked).isCompleted();
    return asked.join();
  }

  private static Challenge challenge(String token) {
    return Challenge.builder(HTTP_01, "example.com").token(token, token + ".thumbprint").build();
  }

  /** Something that may fail. */
  @FunctionalInterface
  private interface Action {
    void run() throws IOException;
  }

  /** A storage that counts who reads, and fails where it is told to. */
  private static final class CountingStorage implements Storage {
    private final MemoryStorage stored = MemoryStorage.create();
    private Action afterList = () -> {};
    private int reads;
    private int lists;
    private int failures;

    @Override
    public Optional<Entry> read(Key key) throws IOException {
      reads++;
      failPerhaps();
      return stored.read(key);
    }

    @Override
    public Listing list(KeyPrefix prefix) throws IOException {
      lists++;
      failPerhaps();
      Listing entries = stored.list(prefix); // as they are now
      afterList.run();
      return entries;
    }

    private void failPerhaps() throws IOException {
      if (failures > 0) {
        failures--;
        throw new IOException("the network is down");
      }
    }

    @Override
    public Version write(Key key, byte[] value, Version expected) throws IOException {
      return stored.write(key, value, expected);
    }

    @Override
    public boolean delete(Key key, Version expected) throws IOException {
      return stored.delete(key, expected);
    }

    @Override
    public String location() {
      return "memory:counted";
    }

    @Override
    public void close() {}
  }
}
