package io.autotls.internal.engine;

import static io.autotls.internal.engine.Harness.SPEC;
import static org.assertj.core.api.Assertions.assertThat;

import io.autotls.AutoTls;
import io.autotls.spi.Entry;
import io.autotls.spi.Issuance;
import io.autotls.spi.Key;
import io.autotls.spi.LeaseLostException;
import io.autotls.spi.TimeSource;
import io.autotls.spi.Version;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Nodes that are late, have a wrong clock, or share a storage that forgets. */
class SharedStorageTest {
  private static final Key RECORD = Key.of("certificates/" + SPEC.id());
  private static final Key LEASE = Key.of("leases/" + RECORD);

  private final Harness h = new Harness();

  /** What happens in the next step, whichever node takes it; after it nothing does. */
  private void inTheNextStep(Consumer<Issuance> action) {
    h.issuer.beforeStep(
        step -> {
          h.issuer.beforeStep(again -> {});
          action.accept(step);
        });
  }

  private static boolean isLost(Issuance step) {
    try {
      step.requireHeld();
      return false;
    } catch (LeaseLostException e) {
      return true;
    }
  }

  @Test
  @DisplayName("PD13: a node that wakes up too late leaves the lease of its successor alone")
  void aStaleOwnerReleasesNothing() {
    List<Optional<Version>> leases = new ArrayList<>();
    FaultyStorage late = new FaultyStorage(h.store);
    late.onWrite(
        (key, count) -> {
          if (key.equals(LEASE.name()) && count > 0) {
            throw new IOException("its heart does not beat");
          }
        });
    FaultyStorage successor = new FaultyStorage(h.store);
    inTheNextStep(
        step -> {
          inTheNextStep(another -> successor.goesDown()); // and so keeps its lease
          leases.add(h.store.read(LEASE).map(Entry::version));
          h.advance(Duration.ofSeconds(15));
          leases.add(h.store.read(LEASE).map(Entry::version));
          assertThat(isLost(step)).isTrue();
        });
    h.builder(late, h.issuer.node()).certificate(SPEC).enable();
    h.builder(successor, h.issuer.node()).certificate(SPEC).enable();

    h.time.runUntilIdle(); // the late one ends its step, and gives back what it can

    assertThat(leases).hasSize(2).doesNotHaveDuplicates().allMatch(Optional::isPresent);
    assertThat(h.store.read(LEASE).map(Entry::version)).isEqualTo(leases.get(1));
  }

  @Test
  @DisplayName("PD85: an owner whose lease a failover has forgotten notices, and orders nothing")
  void aLeaseThatTheStoreForgetsIsNoticed() {
    ReplicatedStorage store = new ReplicatedStorage();
    List<Boolean> lost = new ArrayList<>();
    inTheNextStep(
        step -> {
          store.failsOver(LEASE);
          h.advance(Duration.ofSeconds(4)); // somebody else takes it, and works
          lost.add(isLost(step));
        });
    AutoTls owner = h.builder(store, h.issuer.node()).certificate(SPEC).enable();
    AutoTls other = h.builder(store, h.issuer.node()).certificate(SPEC).enable();

    h.advance(Duration.ofMinutes(2));

    assertThat(lost).containsExactly(true);
    assertThat(h.issuer.orders()).hasSize(1);
    assertThat(h.isServed(other, "example.com")).isTrue();
    assertThat(h.served(owner)).isEqualTo(h.served(other));
  }

  @Test
  @DisplayName("PD85: what a node writes on top of what a failover has forgotten is refused")
  void aRecordThatTheStoreForgetsIsReadAgain() {
    ReplicatedStorage store = new ReplicatedStorage();
    List<String> phases = new ArrayList<>();
    h.issuer.beforeStep(
        step -> {
          phases.add(step.state().getOrDefault("phase", "order"));
          if (phases.size() == 3) {
            store.failsOver(RECORD); // back to where the order had just been made
          }
        });
    AutoTls tls = h.builder(store, h.issuer.node()).certificate(SPEC).enable();

    h.advance(Duration.ofMinutes(1));

    assertThat(phases).containsExactly("order", "wait", "download", "wait", "download");
    assertThat(h.issuer.orders()).hasSize(1);
    assertThat(h.isServed(tls, "example.com")).isTrue();
    String stored = new String(store.read(RECORD).orElseThrow().value(), StandardCharsets.UTF_8);
    assertThat(stored)
        .contains("Current-Serial: " + h.served(tls).leaf().getSerialNumber().toString(16));
  }

  @ParameterizedTest
  @ValueSource(strings = {"PT1H", "PT-1H"})
  @DisplayName("PD86: a node whose clock is wrong by an hour takes no lease of one that lives")
  void aWrongClockEndsNoLease(Duration error) {
    List<Issuance> meanwhile = new ArrayList<>();
    List<Boolean> lost = new ArrayList<>();
    inTheNextStep(
        step -> {
          h.issuer.beforeStep(meanwhile::add);
          h.advance(Duration.ofMinutes(3)); // a slow step, and its heart beats
          h.issuer.beforeStep(again -> {});
          lost.add(isLost(step));
        });
    AutoTls right = h.node();
    AutoTls wrong = node(new SkewedTime(h.time, error));

    h.advance(Duration.ofMinutes(5));

    assertThat(meanwhile).isEmpty();
    assertThat(lost).containsExactly(false);
    assertThat(h.issuer.orders()).hasSize(1);
    assertThat(h.served(wrong)).isEqualTo(h.served(right));
  }

  @Test
  @DisplayName("PD86: a node whose clock is an hour fast waits for the end of an orphaned lease")
  void aFastClockWaitsForTheEndOfALease() {
    FaultyStorage dying = new FaultyStorage(h.store);
    inTheNextStep(step -> dying.goesDown());
    h.builder(dying, h.issuer.node()).certificate(SPEC).enable();
    h.time.runUntilIdle();
    AutoTls fast = node(new SkewedTime(h.time, Duration.ofHours(1)));

    h.advance(Duration.ofSeconds(9));
    assertThat(h.isServed(fast, "example.com")).isFalse();
    h.advance(Duration.ofSeconds(11));

    assertThat(h.isServed(fast, "example.com")).isTrue();
  }

  private AutoTls node(TimeSource time) {
    return h.builder(h.issuer.node()).certificate(SPEC).time(time).enable();
  }
}
