package io.autotls.internal.limits;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static io.autotls.spi.Issuance.Reason.FIRST;
import static io.autotls.spi.Issuance.Reason.RENEWAL;
import static io.autotls.spi.Issuance.Reason.SUGGESTED_RENEWAL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.autotls.spi.Entry;
import io.autotls.spi.Issuance;
import io.autotls.spi.IssuerException;
import io.autotls.spi.Key;
import io.autotls.spi.KeyPrefix;
import io.autotls.spi.Listing;
import io.autotls.spi.OrderLimits;
import io.autotls.spi.OrderLimits.Rule;
import io.autotls.spi.OrderLimits.Scope;
import io.autotls.spi.Storage;
import io.autotls.spi.StoredNames;
import io.autotls.spi.Version;
import io.autotls.storage.MemoryStorage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OrderLedgerTest {
  private static final Rule ACCOUNT_ONLY = Rule.of(Scope.ACCOUNT, 300, Duration.ofHours(3));

  private final MemoryStorage storage = MemoryStorage.create();
  private final ManualTime time = new ManualTime();
  private final LedgerNode node = new LedgerNode(storage, time, LimitedIssuer.letsEncrypt());

  @Test
  void fiveCertificatesForTheSameNamesAndThenOneInThirtyFourHours() throws IOException {
    assertThat(admitted(node, 10, FIRST, "a.example.com", "b.example.com")).isEqualTo(5);

    assertThat(node.ask(FIRST, "b.example.com", "a.example.com"))
        .isEqualTo(Duration.ofDays(7).dividedBy(5));
    time.advance(Duration.ofDays(7).dividedBy(5).minusMillis(1));
    assertThat(node.admitsFirst("a.example.com", "b.example.com")).isFalse();
    time.advance(Duration.ofMillis(1));
    assertThat(admitted(node, 10, FIRST, "a.example.com", "b.example.com")).isEqualTo(1);
  }

  @Test
  void fiftyCertificatesForARegisteredDomain() throws IOException {
    assertThat(admittedNames(node, 60, "example.co.uk")).isEqualTo(50);

    assertThat(node.admitsFirst("www.example.com")).isTrue();
    assertThat(node.admitsFirst("www.example.com", "new.example.co.uk")).isFalse();
  }

  @Test
  void itIsToldOnceHowFarInTheFutureAnotherNodeWrote() throws IOException {
    ManualTime late = new ManualTime();
    time.jump(Duration.ofHours(2));
    LedgerNode reader = new LedgerNode(storage, late, LimitedIssuer.letsEncrypt());

    node.admitsFirst("a.example.com");
    reader.admitsFirst("b.example.com");
    reader.admitsFirst("c.example.com");

    assertThat(reader.read()).containsExactly(Duration.ofHours(2));
    assertThat(node.read()).isEmpty();
  }

  @Test
  void whatIsRefusedIsNotWrittenDown() throws IOException {
    admittedNames(node, 50, "example.com");
    for (int i = 0; i < 50; i++) {
      node.admitsFirst("x" + i + ".example.com", "x.other.example");
    }

    assertThat(admittedNames(node, 60, "other.example")).isEqualTo(50);
  }

  @Test
  void firstCertificatesLeaveATenthOfTheAccountToRenewals() throws IOException {
    LedgerNode strict = new LedgerNode(storage, time, LimitedIssuer.of(ACCOUNT_ONLY));

    assertThat(admittedNames(strict, 400, "example.com")).isEqualTo(270);
    assertThat(admitted(strict, 100, RENEWAL, "old.example.com")).isEqualTo(30);
  }

  @Test
  void renewalsWaitForTheirOwnRoomOnlyAndNotBehindAThousandFirstCertificates() throws IOException {
    LedgerNode strict = new LedgerNode(storage, time, LimitedIssuer.of(ACCOUNT_ONLY));
    admittedNames(strict, 1_000, "example.com");
    admitted(strict, 30, RENEWAL, "old.example.com");

    assertThat(strict.ask(RENEWAL, "old.example.com")).isEqualTo(Duration.ofSeconds(36));
  }

  @Test
  void renewalsDoNotCountWhereTheIssuerSaysSo() throws IOException {
    admittedNames(node, 50, "example.com");

    assertThat(admitted(node, 10, RENEWAL, "x0.example.com")).isEqualTo(4);
    assertThat(admitted(node, 100, SUGGESTED_RENEWAL, "x0.example.com")).isEqualTo(100);
  }

  @Test
  @Tag("PD52")
  void failedValidationsHoldANameBackAndNoOther() throws IOException {
    for (int i = 0; i < 5; i++) {
      node.validationFailed("*.example.com");
    }

    assertThat(node.ask(FIRST, "example.com", "other.example")).isEqualTo(Duration.ofMinutes(12));
    assertThat(node.admitsFirst("other.example")).isTrue();
    assertThat(node.admits(SUGGESTED_RENEWAL, "example.com")).isTrue();
    time.advance(Duration.ofMinutes(12));
    assertThat(node.admitsFirst("example.com", "other.example")).isTrue();
  }

  @Test
  void theRefusalSaysWhatAndWhenAndWhatToDo() throws IOException {
    admitted(node, 5, FIRST, "example.com");

    IssuerException refusal = node.refusal(FIRST, "example.com").orElseThrow();

    assertThat(refusal.reaction()).isEqualTo(IssuerException.Reaction.WAIT);
    assertThat(refusal)
        .hasMessage(
            "not asked, since it would refuse: it allows 5 certificates for exactly these names in"
                + " 7 d, and the ledger has no room for this order before 2026-11-25T09:36:00Z;"
                + " there is room for one more every 1 d 9 h 36 min.");
    assertThat(refusal.advice()).startsWith("nothing; or add a second issuer");
  }

  @Test
  void anIssuerWithoutLimitsCostsNoStorage() throws IOException {
    LedgerNode free =
        new LedgerNode(new Broken(storage), time, new LimitedIssuer(OrderLimits.none()));

    assertThat(admittedNames(free, 1_000, "example.com")).isEqualTo(1_000);
    free.validationFailed("example.com");
  }

  @Test
  void withoutTheStorageNothingIsAdmitted() {
    LedgerNode broken = new LedgerNode(new Broken(storage), time, LimitedIssuer.letsEncrypt());

    assertThatThrownBy(() -> broken.admitsFirst("example.com")).isInstanceOf(IOException.class);
    broken.validationFailed("example.com"); // never throws
  }

  @Test
  @Tag("R5")
  void aRestartForgetsNothing() throws IOException {
    admitted(node, 5, FIRST, "example.com");

    LedgerNode restarted = new LedgerNode(storage, time, LimitedIssuer.letsEncrypt());

    assertThat(restarted.admitsFirst("example.com")).isFalse();
  }

  @Test
  void aChangedLimitKeepsTheBucketsAboutAsFullAsTheyWere() throws IOException {
    admitted(node, 5, FIRST, "example.com");

    LedgerNode changed =
        new LedgerNode(
            storage, time, LimitedIssuer.of(Rule.of(Scope.NAME_SET, 7, Duration.ofDays(7))));

    assertThat(changed.admitsFirst("example.com")).isFalse();
    assertThat(changed.admitsFirst("example.org")).isTrue();
  }

  @Test
  void aDamagedLedgerIsKeptAsideAndHalfIsTakenForUsed() throws IOException {
    admitted(node, 1, FIRST, "example.com");
    Entry entry = storage.read(LimitedIssuer.KEY).orElseThrow();
    byte[] torn = new String(entry.value(), StandardCharsets.UTF_8).substring(0, 60).getBytes();
    storage.write(LimitedIssuer.KEY, torn, entry.version());

    assertThat(admitted(node, 10, FIRST, "example.com")).isEqualTo(2);
    assertThat(admittedNames(node, 60, "example.org")).isEqualTo(25);
    assertThat(StoredNames.of(storage, "damaged/limits/ca.example/default/"))
        .singleElement()
        .satisfies(
            copy -> assertThat(storage.read(Key.of(copy)).orElseThrow().value()).isEqualTo(torn));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "hello",
        "AutoTls order ledger\nWritten: soon\n[]\nEnd of AutoTls order ledger",
        "AutoTls order ledger\nWritten: 2026-11-24T00:00:00Z\n[NAME_SET 5 in PT168H]\nx -1\nEnd of"
            + " AutoTls order ledger",
        "AutoTls order ledger\nWritten: 2026-11-24T00:00:00Z\n[x]\nx 99999999999999999999\nEnd of"
            + " AutoTls order ledger",
      })
  void whateverTheEntryHoldsTheLedgerWorks(String text) throws IOException {
    storage.write(LimitedIssuer.KEY, text.getBytes(StandardCharsets.UTF_8), Version.NONE);

    assertThat(admitted(node, 10, FIRST, "example.com")).isBetween(1, 5);
  }

  @Test
  void tenThousandNamesFitIntoAnEntry() throws IOException {
    LedgerNode renewing = new LedgerNode(storage, time, LimitedIssuer.letsEncrypt());
    for (int i = 0; i < 300; i++) {
      renewing.admits(RENEWAL, "name" + i + ".example.com");
    }
    int bytesFor300 = storage.read(LimitedIssuer.KEY).orElseThrow().value().length;

    assertThat(bytesFor300 / 300 * 10_000).isLessThan(Levels.MAX_BYTES);
  }

  @Test
  void whenThereIsTooMuchTheNamesOrderedOftenAreTheLastToBeForgotten() throws IOException {
    admitted(node, 5, FIRST, "loop.example.com");
    Entry entry = storage.read(LimitedIssuer.KEY).orElseThrow();
    Levels levels = LevelsCodec.decode(entry.value(), time.instant()).levels();
    Map<String, Long> sets = levels.byHeading().get("NAME_SET 5 in PT168H");
    for (int i = 0; i < 20_000; i++) {
      sets.put("set" + i, 120_960_000L);
    }

    levels.forgetLeastFull(LimitedIssuer.LETS_ENCRYPT);
    storage.write(LimitedIssuer.KEY, LevelsCodec.encode(levels), entry.version());

    assertThat(LevelsCodec.encode(levels).length).isLessThan(Levels.MAX_BYTES + 1_000);
    assertThat(new LedgerNode(storage, time, LimitedIssuer.letsEncrypt()))
        .matches(restarted -> !quietly(() -> restarted.admitsFirst("loop.example.com")));
  }

  @Test
  void emptyBucketsTakeNoRoom() throws IOException {
    admittedNames(node, 200, "example.com");
    time.advance(Duration.ofDays(8));
    node.admitsFirst("x.example.com");

    assertThat(storage.read(LimitedIssuer.KEY).orElseThrow().value().length).isLessThan(400);
  }

  @Test
  void twoNodesWithTwoThreadsEachShareOneBucket() throws Exception {
    LedgerNode other = new LedgerNode(storage, time, LimitedIssuer.letsEncrypt());
    List<Callable<Integer>> askers = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      String domain = "example" + i + ".com";
      LedgerNode asked = i % 2 == 0 ? node : other;
      askers.add(
          () -> {
            int count = 0;
            for (int n = 0; n < 100; n++) {
              count += asked.admitsFirst("x." + domain + ".d" + n + ".example") ? 1 : 0;
            }
            return count;
          });
    }

    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      int sum = 0;
      for (Future<Integer> count : threads.invokeAll(askers)) {
        sum += count.get();
      }
      assertThat(sum).isEqualTo(270);
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void aNodeThatReadsBeforeAnotherOneWritesLooksAgain() throws IOException {
    LedgerNode other = new LedgerNode(storage, time, LimitedIssuer.letsEncrypt());
    Storage interleaved = new BeforeWrite(storage, () -> other.admitsFirst("example.com"), 3);
    LedgerNode slow = new LedgerNode(interleaved, time, LimitedIssuer.letsEncrypt());

    int admitted = admitted(slow, 10, FIRST, "example.com");

    assertThat(admitted).isEqualTo(2); // three went to the other node
  }

  @Test
  void aNodeThatAlwaysLosesGivesUp() {
    LedgerNode other = new LedgerNode(storage, time, LimitedIssuer.of(ACCOUNT_ONLY));
    Storage interleaved =
        new BeforeWrite(
            storage,
            () -> {
              time.advance(Duration.ofMillis(50));
              return other.admitsFirst("x");
            },
            1_000);
    LedgerNode slow = new LedgerNode(interleaved, time, LimitedIssuer.of(ACCOUNT_ONLY));
    long begin = time.nanos();

    assertThatThrownBy(() -> slow.admitsFirst("example.com"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("whenever this one was about to");
    assertThat(Duration.ofNanos(time.nanos() - begin)).isEqualTo(Duration.ofSeconds(5));
  }

  @Test
  void aClockThatJumpsAheadOpensNoGate() throws IOException {
    admitted(node, 5, FIRST, "example.com");

    time.jump(Duration.ofDays(30));

    assertThat(node.admitsFirst("example.com")).isFalse();
    time.advance(Duration.ofDays(7).dividedBy(5));
    assertThat(admitted(node, 10, FIRST, "example.com")).isEqualTo(1);
  }

  @Test
  void aClockThatJumpsBackLocksNobodyOut() throws IOException {
    for (int i = 0; i < 5; i++) {
      node.validationFailed("example.com");
    }

    time.jump(Duration.ofDays(-1));

    assertThat(node.ask(FIRST, "example.com")).isEqualTo(Duration.ofMinutes(12));
    time.advance(Duration.ofMinutes(12));
    assertThat(node.admitsFirst("example.com")).isTrue();
  }

  @Test
  void aClockThatJumpsBackBeforeEachRestartLocksNobodyOut() throws IOException {
    for (int i = 0; i < 5; i++) {
      node.validationFailed("example.com");
    }

    time.jump(Duration.ofDays(-1));
    new LedgerNode(storage, time, LimitedIssuer.letsEncrypt()).admitsFirst("example.com");
    time.advance(Duration.ofMinutes(12));

    assertThat(
            new LedgerNode(storage, time, LimitedIssuer.letsEncrypt()).admitsFirst("example.com"))
        .isTrue();
  }

  @Test
  void aJumpAheadWithARestartGivesOneBucketTooManyOnce() throws IOException {
    LimitedIssuer issuer = LimitedIssuer.of(ACCOUNT_ONLY);
    int admitted = admitted(new LedgerNode(storage, time, issuer), 400, RENEWAL, "example.com");
    time.jump(Duration.ofDays(1));
    for (int restart = 0; restart < 5; restart++) {
      admitted += admitted(new LedgerNode(storage, time, issuer), 400, RENEWAL, "example.com");
    }

    assertThat(admitted).isEqualTo(600);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void whateverTheWallClockDoesARunningNodeKeepsTheLimitAndUsesIt(long seed) throws IOException {
    Random random = new Random(seed);
    LedgerNode running = new LedgerNode(storage, time, LimitedIssuer.of(ACCOUNT_ONLY));
    StrictCa ca = new StrictCa();
    long start = time.nanos();
    for (int i = 0; i < 4_000; i++) {
      if (random.nextInt(20) == 0) {
        time.jump(Duration.ofMinutes(random.nextLong(-1_440, 1_441)));
      }
      time.advance(Duration.ofMillis(random.nextLong(40_000)));
      if (running.admits(RENEWAL, "example.com")) {
        ca.accountOrder((time.nanos() - start) / 1e9);
      }
    }

    double seconds = (time.nanos() - start) / 1e9;
    assertThat(ca.refused).isZero();
    assertThat((double) ca.issued).isGreaterThan(0.97 * Math.min(4_000, 300 + seconds / 36));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void clocksThatDifferByADayNeitherOpenNorClose(long seed) throws IOException {
    Random random = new Random(seed);
    ManualTime ahead = new ManualTime();
    ahead.jump(Duration.ofDays(1));
    LimitedIssuer issuer = LimitedIssuer.of(ACCOUNT_ONLY);
    List<LedgerNode> nodes =
        List.of(new LedgerNode(storage, time, issuer), new LedgerNode(storage, ahead, issuer));
    int admitted = 0;
    Duration step = Duration.ofSeconds(10);
    for (int i = 0; i < 6 * 60 * 24; i++) { // a day
      time.advance(step);
      ahead.advance(step);
      admitted += nodes.get(random.nextInt(2)).admits(RENEWAL, "example.com") ? 1 : 0;
    }

    // What is published, and one bucket for the first look of a node at a strange clock.
    assertThat(admitted).isBetween(300 + 2_400 / 2, 600 + 2_400);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void twoWeeksOfAThousandNamesNeverExceedTheLimitsAndWasteNoTime(long seed) throws IOException {
    Simulation simulation = new Simulation(seed, 10);

    simulation.run(Duration.ofDays(14));

    assertThat(simulation.ca.refused).isZero();
    assertThat(simulation.firstsIssued).isEqualTo(1_000);
    // 100 names of each domain: 50 at once, and the rest takes 50 times 3 h 21.6 min.
    double week = Duration.ofDays(7).toSeconds();
    assertThat(simulation.lastFirst).isCloseTo(week, within(0.03 * week));
    assertThat(simulation.renewalsIssued).isGreaterThan(1_000);
    assertThat(simulation.asked).isLessThan(20_000);
  }

  @Test
  void aThousandNamesOfAThousandDomainsTakeNoLongerThanTheAccountAllows() throws IOException {
    Simulation simulation = new Simulation(1, 1_000);

    simulation.run(Duration.ofDays(2));

    assertThat(simulation.ca.refused).isZero();
    assertThat(simulation.firstsIssued).isEqualTo(1_000);
    // 270 at once, and one every 36 seconds.
    assertThat(simulation.lastFirst).isCloseTo(730 * 36, within(0.03 * 730 * 36));
    assertThat(simulation.asked).isLessThan(6_000);
  }

  /** A thousand names, three nodes that crash, failures, renewals every five days. */
  private final class Simulation {
    private static final int NAMES = 1_000;

    private final Random random;
    private final int domains;
    private final StrictCa ca = new StrictCa();
    private final List<LedgerNode> nodes = new ArrayList<>();
    private final PriorityQueue<Visit> due =
        new PriorityQueue<>(Comparator.comparingDouble(Visit::second));
    private int firstsIssued;
    private int renewalsIssued;
    private int asked;
    private double lastFirst;

    private record Visit(double second, int name, Issuance.Reason reason) {}

    Simulation(long seed, int domains) {
      this.random = new Random(seed);
      this.domains = domains;
      for (int i = 0; i < 3; i++) {
        nodes.add(fresh());
      }
      for (int name = 0; name < NAMES; name++) {
        due.add(new Visit(random.nextDouble(), name, FIRST));
      }
    }

    private LedgerNode fresh() {
      return new LedgerNode(storage, time, LimitedIssuer.letsEncrypt());
    }

    void run(Duration duration) throws IOException {
      double now = 0;
      for (Visit visit = due.poll();
          visit != null && visit.second() < duration.toSeconds();
          visit = due.poll()) {
        time.advance(Duration.ofNanos(Math.round((visit.second() - now) * 1e9)));
        now = visit.second();
        take(visit);
      }
    }

    private void take(Visit visit) throws IOException {
      if (random.nextInt(500) == 0) {
        nodes.set(random.nextInt(3), fresh());
      }
      asked++;
      String domain = "domain" + visit.name() % domains + ".example";
      String name = "host" + visit.name() + "." + domain;
      LedgerNode node = nodes.get(random.nextInt(3));
      Duration wait = node.ask(visit.reason(), name);
      if (!wait.isZero()) {
        double late = 1 + random.nextDouble(); // a second or two until a worker is free
        due.add(
            new Visit(visit.second() + wait.toNanos() / 1e9 + late, visit.name(), visit.reason()));
        return;
      }
      ca.order(visit.second(), visit.reason(), Set.of(name), Set.of(domain));
      if (visit.reason() != FIRST && random.nextInt(10) == 0) {
        node.validationFailed(name);
        ca.failure(visit.second(), name);
        due.add(new Visit(visit.second() + 60, visit.name(), visit.reason()));
        return;
      }
      issued(visit);
    }

    private void issued(Visit visit) {
      if (visit.reason() == FIRST) {
        firstsIssued++;
        lastFirst = visit.second();
      } else {
        renewalsIssued++;
      }
      Issuance.Reason next = random.nextBoolean() ? RENEWAL : SUGGESTED_RENEWAL;
      due.add(new Visit(visit.second() + Duration.ofDays(5).toSeconds(), visit.name(), next));
    }
  }

  @Test
  void theLedgerKnowsTheSpiOnly() {
    classes()
        .that()
        .resideInAPackage("io.autotls.internal.limits..")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            "io.autotls.internal.limits..",
            "io.autotls.internal.text..",
            "io.autotls.spi..",
            "java..",
            "okhttp3..",
            "org.slf4j..",
            "org.jspecify..")
        .check(
            new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages("io.autotls.internal.limits"));
  }

  private static int admitted(LedgerNode node, int times, Issuance.Reason reason, String... names)
      throws IOException {
    int count = 0;
    for (int i = 0; i < times; i++) {
      count += node.admits(reason, names) ? 1 : 0;
    }
    return count;
  }

  private static int admittedNames(LedgerNode node, int names, String domain) throws IOException {
    int count = 0;
    for (int i = 0; i < names; i++) {
      count += node.admitsFirst("x" + i + "." + domain) ? 1 : 0;
    }
    return count;
  }

  private static boolean quietly(Callable<Boolean> question) {
    try {
      return question.call();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /** Lets another node act between the reading and the writing of this one, so many times. */
  private static final class BeforeWrite extends Forwarding {
    private final Callable<?> other;
    private int times;

    BeforeWrite(Storage storage, Callable<?> other, int times) {
      super(storage);
      this.other = other;
      this.times = times;
    }

    @Override
    public Version write(Key key, byte[] value, Version expected) throws IOException {
      if (times-- > 0) {
        try {
          other.call();
        } catch (Exception e) {
          throw new AssertionError(e);
        }
      }
      return super.write(key, value, expected);
    }
  }

  private static final class Broken extends Forwarding {
    Broken(Storage storage) {
      super(storage);
    }

    @Override
    public Optional<Entry> read(Key key) throws IOException {
      throw new IOException("the disk is gone");
    }
  }

  private abstract static class Forwarding implements Storage {
    private final Storage storage;

    Forwarding(Storage storage) {
      this.storage = storage;
    }

    @Override
    public Optional<Entry> read(Key key) throws IOException {
      return storage.read(key);
    }

    @Override
    public Version write(Key key, byte[] value, Version expected) throws IOException {
      return storage.write(key, value, expected);
    }

    @Override
    public boolean delete(Key key, Version expected) throws IOException {
      return storage.delete(key, expected);
    }

    @Override
    public Listing list(KeyPrefix prefix) throws IOException {
      return storage.list(prefix);
    }

    @Override
    public String location() {
      return storage.location();
    }

    @Override
    public void close() {}
  }
}
