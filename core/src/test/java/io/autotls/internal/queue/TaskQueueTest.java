package io.autotls.internal.queue;

import static org.assertj.core.api.Assertions.assertThat;

import io.autotls.internal.time.Due;
import io.autotls.spi.Cancellable;
import io.autotls.spi.TimeSource;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The queue, with workers that do nothing before the test lets them. */
class TaskQueueTest {
  private static final Instant NOW = Instant.parse("2026-11-24T00:00:00Z");

  private final Deque<Runnable> started = new ArrayDeque<>();
  private final List<String> done = new ArrayList<>();
  private final List<String> failures = new ArrayList<>();
  private final Map<String, Integer> room = new HashMap<>();
  private Instant now = NOW;
  private Instant set = NOW; // the beginning, by the wall clock of now
  private int clockWasSet;
  private final Idle idle = new Idle();
  private final TaskQueue queue =
      new TaskQueue(idle, idle, 8, new Gates(), new Failures(), () -> clockWasSet++);

  private void put(String name, Priority priority, String issuer) {
    put(name, priority, Resource.steps(issuer));
  }

  private void put(String name, Priority priority, Resource resource) {
    queue.put(
        () -> {
          done.add(name);
          return null;
        },
        new Schedule(Due.at(NOW), priority, resource));
  }

  private void finish(int count) {
    for (int i = 0; i < count; i++) {
      started.poll().run();
    }
  }

  private void finishAll() {
    while (!started.isEmpty()) {
      started.poll().run();
    }
  }

  @Test
  @DisplayName("PD3 PD4: a CA that hangs keeps its own workers, and no others")
  void aChannelThatHangsTakesNoWorkersOfOthers() {
    room.put("hangs", 3);
    for (int i = 0; i < 1000; i++) {
      put("hanging", Priority.FIRST, "hangs");
    }
    assertThat(started).hasSize(3);
    started.clear(); // they never end

    for (int i = 0; i < 5; i++) {
      put("good", Priority.ROUTINE, "works");
    }

    assertThat(started).hasSize(5);
    finishAll();
    assertThat(done).hasSize(5).containsOnly("good");
  }

  @Test
  void noLaneStarvesAndUrgentOnesGetMore() {
    for (Priority priority : Priority.values()) {
      for (int i = 0; i < 300; i++) {
        put(priority.name(), priority, "ca");
      }
    }
    done.clear();

    finish(240);

    for (Priority priority : Priority.values()) {
      long share = done.stream().filter(priority.name()::equals).count();
      assertThat(share)
          .as("%s", priority)
          .isBetween(priority.weight() * 10L - 9, priority.weight() * 10L + 9);
    }
  }

  @Test
  void aLaneThatWasClosedSavesUpNoCredit() {
    room.put("closed", 0);
    for (int i = 0; i < 100; i++) {
      put("closed", Priority.URGENT, "closed");
      put("open", Priority.ROUTINE, "open");
    }
    finishAll();
    done.clear();
    room.put("closed", 8);
    for (int i = 0; i < 100; i++) {
      put("open", Priority.ROUTINE, "open");
    }

    finish(30);

    assertThat(done.stream().filter("open"::equals).count()).isGreaterThan(8);
  }

  @Test
  void theNewestFirstIssuanceDoesNotStandBehindThousands() {
    for (int i = 0; i < 5000; i++) {
      put("old", Priority.FIRST, Resource.beginnings("ca"));
    }
    put("new", Priority.FIRST, Resource.beginnings("ca"));

    finish(10);

    assertThat(done).contains("new");
  }

  @Test
  void whatWasBegunIsFinishedAndKeepsNobodyOut() {
    for (int i = 0; i < 100; i++) {
      put("new", Priority.FIRST, Resource.beginnings("ca"));
    }
    for (int i = 0; i < 100; i++) {
      put("begun", Priority.FIRST, Resource.steps("ca"));
    }
    finish(8); // those that were started before the others came
    done.clear();

    finish(40);

    assertThat(done.stream().filter("begun"::equals).count()).isBetween(29L, 31L);
  }

  @Test
  void beginningsTakeTheWorkersOfSteps() {
    room.put("ca", 4);
    for (int i = 0; i < 10; i++) {
      put("new", Priority.FIRST, Resource.beginnings("ca"));
      put("begun", Priority.FIRST, Resource.steps("ca"));
    }

    assertThat(started).hasSize(4);
  }

  @Test
  void channelsTakeTurns() {
    for (int i = 0; i < 100; i++) {
      put("a", Priority.ROUTINE, "a");
    }
    for (int i = 0; i < 100; i++) {
      put("b", Priority.ROUTINE, "b");
    }

    finish(40);

    assertThat(done.stream().filter("b"::equals).count()).isGreaterThan(14);
  }

  @Test
  @DisplayName("PD57: of 10,000 names none goes twice before all went once")
  void namesTakeTurnsWhereverTheyStandInTheAlphabet() {
    Schedule atOnce = new Schedule(Due.at(NOW), Priority.ROUTINE, Resource.steps("ca"));
    for (int i = 0; i < 10_000; i++) {
      String name = "n" + i;
      queue.put(
          () -> {
            done.add(name);
            return atOnce;
          },
          atOnce);
    }

    while (done.size() < 30_000) {
      started.poll().run();
    }

    for (int round = 0; round < 3; round++) {
      assertThat(Set.copyOf(done.subList(round * 10_000, (round + 1) * 10_000))).hasSize(10_000);
    }
  }

  @Test
  @DisplayName("PD5: a task that throws an Error loses neither its worker nor its place")
  void aTaskThatThrowsRunsAgain() {
    int[] runs = {0};
    queue.put(
        () -> {
          if (runs[0]++ == 0) {
            throw new AssertionError("a bug");
          }
          return null;
        },
        Schedule.of(NOW, Priority.ROUTINE));

    finishAll();
    assertThat(runs[0]).isEqualTo(1);
    now = NOW.plus(Duration.ofMinutes(2));
    queue.gateChanged();
    finishAll();

    assertThat(runs[0]).isEqualTo(2);
    assertThat(failures).containsExactly("a bug", "ended");
  }

  @Test
  void whatATaskThrewIsForgottenWithIt() {
    Task broken =
        () -> {
          throw new AssertionError("a bug");
        };
    queue.put(broken, Schedule.of(NOW, Priority.ROUTINE));
    finishAll();
    queue.remove(broken);
    assertThat(failures).containsExactly("a bug", "ended");

    queue.put(broken, Schedule.of(NOW, Priority.ROUTINE));
    queue.remove(broken); // while it runs
    finishAll();

    assertThat(failures).containsExactly("a bug", "ended", "a bug", "ended");
  }

  private final class Failures implements TaskQueue.Supervisor {
    @Override
    public void failed(Task task, Throwable e, Instant next) {
      failures.add(e.getMessage());
    }

    @Override
    public void ended(Task task) {
      failures.add("ended");
    }
  }

  private final class Gates implements TaskQueue.Gate {
    @Override
    public int room(Resource resource, Instant now) {
      return room.getOrDefault(resource.issuer(), 8);
    }

    @Override
    public Instant opensAt(Resource resource, Instant now) {
      return now.plus(Duration.ofMinutes(1));
    }
  }

  @Test
  void whatIsDueSoLongFromNowIsSoWhereverTheClockIsSet() {
    put(NOW.plus(Duration.ofHours(1)), "in an hour");

    setClock(Duration.ofDays(-100));
    pass(Duration.ofMinutes(30));
    finishAll();
    assertThat(done).isEmpty();
    assertThat(clockWasSet).isEqualTo(1);

    setClock(Duration.ofDays(3650));
    pass(Duration.ofMinutes(31));
    finishAll();
    assertThat(done).containsExactly("in an hour");
    assertThat(clockWasSet).isEqualTo(2);
  }

  private void put(Instant due, String name) {
    queue.put(
        () -> {
          done.add(name);
          return null;
        },
        Schedule.of(due, Priority.ROUTINE));
  }

  private void setClock(Duration by) {
    now = now.plus(by);
    set = set.plus(by);
    queue.gateChanged();
  }

  private void pass(Duration time) {
    now = now.plus(time);
    queue.gateChanged();
  }

  private final class Idle implements TimeSource, Executor {
    @Override
    public Instant instant() {
      return now;
    }

    @Override
    public long nanos() {
      return Duration.between(NOW, now).toNanos() - Duration.between(NOW, set).toNanos();
    }

    @Override
    public Cancellable schedule(Duration delay, Runnable task) {
      return () -> {};
    }

    @Override
    public void execute(Runnable task) {
      started.add(task);
    }
  }
}
