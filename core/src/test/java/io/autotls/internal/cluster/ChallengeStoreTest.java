package io.autotls.internal.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.autotls.spi.Challenge;
import io.autotls.spi.Entry;
import io.autotls.spi.Key;
import io.autotls.spi.KeyPrefix;
import io.autotls.spi.Listing;
import io.autotls.spi.Storage;
import io.autotls.spi.Version;
import io.autotls.storage.MemoryStorage;
import java.io.IOException;
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

  private final SharedTime time = new SharedTime();
  private final CountingStorage storage = new CountingStorage();
  private final ChallengeStore challenges = new ChallengeStore(storage, time.node());
  private final ChallengeStore other = new ChallengeStore(storage.stored, time.node());
  private int unknown;

  @Test
  void aChallengeOfAnotherNodeIsFoundByOneRead() throws IOException {
    other.publish(challenge("token"));

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
      other.publish(challenge("token-" + i));
      CompletableFuture<Optional<Challenge>> asked = ask("token-" + i);
      flood(0.2);

      assertThat(answer(asked)).contains(challenge("token-" + i));
    }
  }

  @Test
  void whatWasPublishedBeforeAFloodIsKnownWhenTheCaAsks() throws IOException {
    other.publish(challenge("token"));
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
            other.publish(challenge("token")); // the list has been made already, without it
            asked.add(ask("token"));
          }
        };

    flood(1);

    assertThat(answer(asked.get(0))).contains(challenge("token"));
  }

  @Test
  void whatWasWithdrawnIsForgottenSoon() throws IOException {
    other.publish(challenge("token"));
    answer(ask("token"));
    other.withdraw(challenge("token"));

    time.advance(Duration.ofSeconds(11));

    assertThat(answer(ask("token"))).isEmpty();
  }

  @Test
  void aNewChallengeForANameReplacesTheOldOneAtOnce() throws IOException {
    Challenge first = new Challenge("tls-alpn-01", "example.com", false, "first", "first.x");
    Challenge second = new Challenge("tls-alpn-01", "example.com", false, "second", "second.x");
    other.publish(first);
    assertThat(challenges.find("tls-alpn-01", "example.com")).contains(first);

    other.publish(second);

    assertThat(challenges.find("tls-alpn-01", "example.com")).contains(second);
  }

  @Test
  void whatAnotherNodePublishedSinceGoesBeforeWhatThisNodePublishedForAName() throws IOException {
    Challenge first = new Challenge("tls-alpn-01", "example.com", false, "first", "first.x");
    Challenge second = new Challenge("tls-alpn-01", "example.com", false, "second", "second.x");
    challenges.publish(first);

    other.publish(second);

    assertThat(challenges.find("tls-alpn-01", "example.com")).contains(second);
    assertThat(answer(challenges.lookUp("tls-alpn-01", "example.com").toCompletableFuture()))
        .contains(second);
  }

  @Test
  void whatThisNodePublishedForANameIsKnownWhileTheStorageFails() throws IOException {
    Challenge ours = new Challenge("tls-alpn-01", "example.com", false, "ours", "ours.x");
    challenges.publish(ours);
    storage.failures = 2;

    assertThat(challenges.find("tls-alpn-01", "example.com")).contains(ours);
  }

  @Test
  void aStorageThatFailsOnceIsAskedAgain() throws IOException {
    other.publish(challenge("token"));
    other.publish(challenge("another"));
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
    return new Challenge(HTTP_01, "example.com", false, token, token + ".thumbprint");
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
