package io.autotls.internal.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.autotls.internal.cluster.Outage.End;
import io.autotls.internal.issuance.AdmissionControl;
import io.autotls.internal.queue.Resource;
import io.autotls.internal.queue.Task;
import io.autotls.internal.queue.TaskQueue;
import io.autotls.spi.Entry;
import io.autotls.spi.EntryInfo;
import io.autotls.spi.Key;
import io.autotls.spi.KeyPrefix;
import io.autotls.spi.Listing;
import io.autotls.spi.Storage;
import io.autotls.spi.Version;
import io.autotls.spi.Watch;
import io.autotls.spi.WatchListener;
import io.autotls.storage.MemoryStorage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Nodes that tell each other through one storage which issuers are unwell. */
class OutageExchangeTest {
  private static final String CA = "ca";
  private static final Key KEY = Key.of("issuers/ca");
  private static final Resource STEPS = Resource.steps(CA);
  private static final Duration HOUR = Duration.ofHours(1);

  private final SharedTime time = new SharedTime();
  private final MemoryStorage store = MemoryStorage.create();

  /** A node, with its own way to the storage. */
  private final class Node {
    private final Way way = new Way();
    private final CircuitBreakers breakers;
    private final OutageExchange challenges;
    private final List<String> moves = new ArrayList<>();
    private final List<Duration> read = new ArrayList<>(); // how far in its future that was found

    private Node(String name, SharedTime.Node clock, OutageExchange.Writing writing) {
      breakers = new CircuitBreakers(clock, new Random(1));
      TaskQueue queue =
          new TaskQueue(
              clock, clock, 4, new AdmissionControl(breakers, clock), new Unsupervised(), () -> {});
      challenges =
          new OutageExchange(
              way, clock, breakers, queue, List.of(CA, "/"), name, writing, read::add, moves::add);
    }

    private Node start() {
      challenges.start(OutageExchange.Start.READS_FIRST);
      return this;
    }

    private void findsItUnwell(@Nullable Duration retryAfter) {
      for (String spec : List.of("x", "y", "z")) {
        breakers.unwell(CA, spec, Optional.ofNullable(retryAfter), "it hung up");
      }
      challenges.changed(CA);
      time.advance(Duration.ofSeconds(1));
    }

    private void getsAnAnswer() {
      if (breakers.answered(CA) != CircuitBreakers.Was.WELL) {
        challenges.changed(CA);
      }
      time.advance(Duration.ofSeconds(1));
    }
  }

  /** The way to the storage; counts, and fails on request. */
  private final class Way implements Storage {
    private boolean down;
    private boolean losesAnswers;
    private boolean mute;
    private int reads;
    private int changes;
    private int lists;

    private void check() throws IOException {
      if (down) {
        throw new IOException("the store is down");
      }
    }

    @Override
    public Optional<Entry> read(Key key) throws IOException {
      reads++;
      check();
      return store.read(key);
    }

    @Override
    public Version write(Key key, byte[] value, Version expected) throws IOException {
      changes++;
      check();
      Version version = store.write(key, value, expected);
      if (losesAnswers) {
        throw new IOException("the answer was lost");
      }
      return version;
    }

    @Override
    public boolean delete(Key key, Version expected) throws IOException {
      changes++;
      check();
      return store.delete(key, expected);
    }

    @Override
    public Listing list(KeyPrefix prefix) throws IOException {
      lists++;
      check();
      return mute ? withoutVersions(store.list(prefix)) : store.list(prefix);
    }

    @Override
    public Optional<Watch> watch(KeyPrefix prefix, WatchListener listener) throws IOException {
      check();
      return mute ? Optional.empty() : store.watch(prefix, listener);
    }

    @Override
    public String location() {
      return store.location();
    }

    @Override
    public void close() {}
  }

  private static Listing withoutVersions(Listing entries) throws IOException {
    List<EntryInfo> found = new ArrayList<>();
    while (entries.next()) {
      found.add(EntryInfo.of(entries.entry().key()));
    }
    return Listing.of(found);
  }

  private Node node(String name) {
    return new Node(name, time.node(), OutageExchange.Writing.ALLOWED);
  }

  private Optional<OutageReport> stored() throws IOException {
    return store.read(KEY).flatMap(entry -> OutageReport.decode(entry.value(), CA));
  }

  private void write(String text) throws IOException {
    Version version = store.read(KEY).map(Entry::version).orElse(Version.NONE);
    store.write(KEY, text.getBytes(StandardCharsets.UTF_8), version);
  }

  private void report(String node, Duration pause, End end) throws IOException {
    Outage outage = new Outage(time.node().instant(), pause, end, "it hung up");
    write(new String(new OutageReport(CA, node, outage).encode(), StandardCharsets.UTF_8));
  }

  @Test
  void aTimeThatTheCaNamedHoldsForAllNodesUntilOneGetsAnAnswer() throws IOException {
    Node one = node("one").start();
    Node two = node("two").start();

    one.findsItUnwell(HOUR);

    assertThat(stored().orElseThrow().node()).isEqualTo("one");
    assertThat(two.breakers.closedFor(CA)).isGreaterThan(HOUR.minusSeconds(5));
    assertThat(two.moves).contains(CA);
    one.getsAnAnswer();
    assertThat(store.read(KEY)).isEmpty();
    assertThat(two.breakers.room(STEPS)).isEqualTo(CircuitBreakers.STEPS);
  }

  @Test
  void whatMayBeOneNodesOwnNetworkShutsNobodyElseAndIsTakenBackByWhoeverGetsAnAnswer()
      throws IOException {
    Node cutOff = node("cut-off").start();
    Node two = node("two").start();
    Node three = node("three").start();

    cutOff.findsItUnwell(null);

    assertThat(cutOff.breakers.room(STEPS)).isZero();
    assertThat(two.breakers.room(STEPS)).isEqualTo(1);
    assertThat(three.breakers.room(STEPS)).isEqualTo(1);
    two.getsAnAnswer();
    assertThat(store.read(KEY)).isEmpty();
    assertThat(three.breakers.room(STEPS)).isEqualTo(CircuitBreakers.STEPS);
    assertThat(cutOff.breakers.found(CA)).isPresent();
  }

  @Test
  void aNodeThatStartsKnowsBeforeItsFirstStep() throws IOException {
    report("before", HOUR, End.NAMED_BY_CA);

    Node restarted = node("after").start();

    assertThat(restarted.breakers.closedFor(CA)).isEqualTo(HOUR);
  }

  @Test
  void aStoreThatCannotTellIsLookedAtEveryMinute() throws IOException {
    Node two = node("two");
    two.way.mute = true;
    two.start();

    report("one", HOUR, End.NAMED_BY_CA);
    time.advance(Duration.ofSeconds(61));

    assertThat(two.breakers.room(STEPS)).isZero();
  }

  @Test
  void timeIsCountedFromTheFirstSightHoweverOftenAnEntryIsRead() throws IOException {
    Node two = new Node("two", time.node(Duration.ofHours(-5)), OutageExchange.Writing.ALLOWED);
    two.way.mute = true;
    report("one", HOUR, End.NAMED_BY_CA);
    two.start();

    time.advance(HOUR.minusSeconds(1));

    assertThat(two.way.reads).isGreaterThan(30);
    assertThat(two.breakers.closedFor(CA)).isEqualTo(Duration.ofSeconds(1));
  }

  @Test
  void newsThatGotLostAreFoundByALook() throws IOException {
    report("one", HOUR, End.NAMED_BY_CA);
    Node two = node("two").start();
    Version there = store.read(KEY).orElseThrow().version();
    two.challenges.close(); // nobody tells it any more

    store.delete(KEY, there);
    time.advance(Duration.ofMinutes(1));

    assertThat(two.breakers.room(STEPS)).isEqualTo(CircuitBreakers.STEPS);
  }

  @Test
  void whileNothingIsWrongThereIsNoWriteAndNoReadAndOneListPerLook() {
    Node told = node("told").start();
    Node looks = node("looks");
    looks.way.mute = true;
    looks.start();

    time.advance(Duration.ofMinutes(60));

    assertThat(told.way.reads + told.way.changes + looks.way.reads + looks.way.changes).isZero();
    assertThat(told.way.lists).isBetween(1, 2);
    assertThat(looks.way.lists).isBetween(60, 61);
  }

  @Test
  void whatIsKnownAlreadyIsNotWrittenAgain() {
    Node one = node("one").start();
    Node two = node("two").start();
    one.findsItUnwell(HOUR);
    int before = two.way.changes;

    two.findsItUnwell(null);
    two.findsItUnwell(Duration.ofMinutes(30));

    assertThat(two.way.changes).isEqualTo(before);
    assertThat(one.way.changes).isEqualTo(1);
  }

  @Test
  void eachOpeningIsToldOnce() {
    Node one = node("one").start();
    for (int i = 0; i < 10; i++) {
      one.findsItUnwell(null); // most of them while the gate is shut
    }

    assertThat(one.way.changes).isBetween(1, 3);
  }

  @Test
  void aDamagedEntryIsIgnoredAndOverwritten() throws IOException {
    write("AutoTls issuer outage\nIssuer: ca\nUntil: 9999");
    Node one = node("one").start();
    assertThat(one.breakers.room(STEPS)).isEqualTo(CircuitBreakers.STEPS);

    one.findsItUnwell(HOUR);

    assertThat(stored().orElseThrow().node()).isEqualTo("one");
  }

  @Test
  void aReportThatWasLeftBehindBlocksNobodyAndIsRemoved() throws IOException {
    report("crashed", Duration.ofMinutes(5), End.GUESSED_BY_NODE);
    time.advance(Duration.ofMinutes(6));

    Node one = node("one").start();
    assertThat(one.breakers.room(STEPS)).isEqualTo(CircuitBreakers.STEPS);
    assertThat(store.read(KEY)).isPresent();
    time.advance(Duration.ofDays(1));

    assertThat(store.read(KEY)).isEmpty();
  }

  @Test
  void itIsToldOnceHowFarInTheFutureAnotherNodeFoundSomething() throws IOException {
    report("fast", HOUR, End.NAMED_BY_CA);

    Node late = new Node("late", time.node(Duration.ofHours(-2)), OutageExchange.Writing.ALLOWED);
    late.start();
    time.advance(Duration.ofMinutes(30));

    assertThat(late.read).containsExactly(Duration.ofHours(2));
  }

  @Test
  void aNodeWhoseClockIsFastDoesNotRemoveWhatHoldsForOthers() throws IOException {
    report("one", HOUR, End.NAMED_BY_CA);

    new Node("fast", time.node(Duration.ofHours(2)), OutageExchange.Writing.ALLOWED).start();
    time.advance(Duration.ofMinutes(30));

    assertThat(store.read(KEY)).isPresent();
  }

  @Test
  void aStoreThatIsDownIsTriedAFewTimesAndHarmsNothing() {
    Node one = node("one");
    one.way.down = true;
    one.start();

    one.findsItUnwell(HOUR);
    time.advance(Duration.ofMinutes(30));

    assertThat(one.way.reads + one.way.changes).isBetween(2, 45);
    assertThat(one.breakers.room(STEPS)).isZero();
  }

  @Test
  void aStoreThatComesBackIsToldWhatIsSoByThen() throws IOException {
    Node one = node("one").start();
    Node two = node("two").start();
    one.way.down = true;
    one.findsItUnwell(HOUR);
    assertThat(store.read(KEY)).isEmpty();

    one.way.down = false;
    time.advance(Duration.ofMinutes(1));

    assertThat(stored()).isPresent();
    assertThat(two.breakers.room(STEPS)).isZero();
  }

  @Test
  void aReportWhoseAnswerWasLostIsTakenBackAllTheSame() throws IOException {
    Node one = node("one").start();
    one.way.losesAnswers = true;
    one.findsItUnwell(HOUR);
    assertThat(store.read(KEY)).isPresent();

    one.getsAnAnswer();
    time.advance(Duration.ofMinutes(1));

    assertThat(store.read(KEY)).isEmpty();
  }

  @Test
  void whoLosesARaceReadsWhatTheWinnerWrote() throws IOException {
    Node one = node("one").start();
    one.challenges.close(); // nobody tells it
    report("two", Duration.ofHours(2), End.NAMED_BY_CA);

    one.findsItUnwell(HOUR);
    time.advance(Duration.ofMinutes(1));

    assertThat(stored().orElseThrow().node()).isEqualTo("two");
    assertThat(one.breakers.closedFor(CA)).isGreaterThan(HOUR);
  }

  @Test
  void aFollowerReadsAndWritesNothing() throws IOException {
    Node follower = new Node("follower", time.node(), OutageExchange.Writing.FORBIDDEN).start();

    report("one", HOUR, End.NAMED_BY_CA);
    time.advance(Duration.ofSeconds(1));
    assertThat(follower.breakers.trouble(CA)).isPresent();
    follower.getsAnAnswer();
    follower.findsItUnwell(null);
    time.advance(Duration.ofDays(3));

    assertThat(follower.way.changes).isZero();
  }

  @Test
  void anIssuerWhoseNameCannotBeAKeyIsNotShared() {
    Node one = node("one").start();

    one.challenges.changed("/");
    time.advance(HOUR);

    assertThat(one.way.changes).isZero();
  }

  private static final class Unsupervised implements TaskQueue.Supervisor {
    @Override
    public void failed(Task task, Throwable e, Instant next) {
      throw new AssertionError(e);
    }

    @Override
    public void ended(Task task) {}
  }
}
