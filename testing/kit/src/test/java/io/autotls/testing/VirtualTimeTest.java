package io.autotls.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autotls.spi.Watch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class VirtualTimeTest {
  private static final Instant START = Instant.parse("2027-01-01T00:00:00Z");

  private final VirtualTime time = VirtualTime.startingAt(START);
  private final List<String> log = new ArrayList<>();

  @Test
  void timeStandsStill() {
    assertThat(time.instant()).isEqualTo(START);
    assertThat(time.nanos()).isEqualTo(time.nanos());

    time.runUntilIdle();

    assertThat(time.instant()).isEqualTo(START);
  }

  @Test
  void timePassesOnBothClocks() {
    long before = time.nanos();

    time.advance(Duration.ofDays(400));

    assertThat(time.instant()).isEqualTo(START.plus(Duration.ofDays(400)));
    assertThat(time.nanos() - before).isEqualTo(Duration.ofDays(400).toNanos());
  }

  @Test
  void nothingRunsByItself() {
    time.execute(() -> log.add("task"));
    time.schedule(Duration.ZERO, () -> log.add("timer"));
    assertThat(log).isEmpty();

    time.runUntilIdle();

    assertThat(log).containsExactly("task", "timer");
  }

  @Test
  void timersRunInTheOrderInWhichTheyFallDueAtTheirTime() {
    at(Duration.ofHours(3), "third");
    at(Duration.ofHours(1), "first");
    at(Duration.ofHours(2), "second");
    at(Duration.ofHours(2), "second as well");
    at(Duration.ofHours(5), "not yet");

    time.advance(Duration.ofHours(4));

    assertThat(log)
        .containsExactly(
            "first 2027-01-01T01:00:00Z",
            "second 2027-01-01T02:00:00Z",
            "second as well 2027-01-01T02:00:00Z",
            "third 2027-01-01T03:00:00Z");
    assertThat(time.untilNextTimer()).contains(Duration.ofHours(1));
  }

  @Test
  void timersThatTimersSetRunInTheSameAdvance() {
    class Daily implements Runnable {
      @Override
      public void run() {
        log.add(time.instant().toString());
        time.schedule(Duration.ofDays(1), this);
      }
    }
    time.schedule(Duration.ofDays(1), new Daily());

    time.advance(Duration.ofDays(365));

    assertThat(log).hasSize(365).last().isEqualTo("2028-01-01T00:00:00Z");
  }

  @Test
  void whatATimerHandsInRunsBeforeTheNextTimer() {
    time.schedule(Duration.ofSeconds(1), () -> time.execute(() -> at("task")));
    time.schedule(Duration.ofSeconds(1), () -> at("other timer"));
    time.schedule(Duration.ofSeconds(2), () -> at("late timer"));

    time.advance(Duration.ofSeconds(2));

    assertThat(log)
        .containsExactly(
            "task 2027-01-01T00:00:01Z",
            "other timer 2027-01-01T00:00:01Z",
            "late timer 2027-01-01T00:00:02Z");
  }

  @Test
  void aTimerThatIsDueAtTheEndRuns() {
    at(Duration.ofSeconds(1), "timer");

    time.advance(Duration.ofSeconds(1));

    assertThat(log).hasSize(1);
  }

  @Test
  void cancelledTimersDoNotRun() {
    Watch timer = time.schedule(Duration.ofSeconds(1), () -> log.add("timer"));

    timer.close();
    timer.close();
    time.advance(Duration.ofDays(1));

    assertThat(log).isEmpty();
    assertThat(time.untilNextTimer()).isEmpty();
  }

  @Test
  void theWallClockJumpsWithoutTicks() {
    at(Duration.ofHours(1), "timer");
    long before = time.nanos();

    time.jump(Duration.ofDays(1));
    time.runUntilIdle();
    assertThat(time.instant()).isEqualTo(START.plus(Duration.ofDays(1)));
    assertThat(log).isEmpty();

    time.jump(Duration.ofDays(-2));
    assertThat(time.instant()).isEqualTo(START.minus(Duration.ofDays(1)));
    assertThat(time.nanos()).isEqualTo(before);

    time.advance(Duration.ofHours(1));
    assertThat(log).containsExactly("timer 2026-12-31T01:00:00Z");
  }

  @Test
  void timeDoesNotGoBack() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> time.advance(Duration.ofNanos(-1)))
        .withMessageContaining("jump()");
  }

  @Test
  void delaysBeyondAllMeasureAreFarAway() {
    time.schedule(Duration.ofSeconds(Long.MAX_VALUE), () -> log.add("never"));
    time.schedule(Duration.ofSeconds(Long.MIN_VALUE), () -> log.add("now"));

    time.advance(Duration.ofDays(36_500));

    assertThat(log).containsExactly("now");
  }

  @Test
  void tasksMayBlockForInputAndOutput() throws IOException {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Thread peer = new Thread(() -> greet(server));
      peer.start();
      time.schedule(Duration.ofDays(1), () -> time.execute(() -> receiveFrom(server)));

      time.advance(Duration.ofDays(2));
    }

    assertThat(log).containsExactly("received 42 2027-01-02T00:00:00Z");
  }

  @Test
  void anExceptionComesOutAndTheRestRunsNextTime() {
    time.execute(
        () -> {
          throw new IllegalArgumentException("from the task");
        });
    time.execute(() -> log.add("other task"));

    assertThatThrownBy(time::runUntilIdle).hasMessage("from the task");
    assertThat(log).isEmpty();

    time.runUntilIdle();
    assertThat(log).containsExactly("other task");
  }

  @Test
  void tasksCannotMoveTheTime() {
    time.execute(() -> time.advance(Duration.ofDays(1)));

    assertThatIllegalStateException()
        .isThrownBy(time::runUntilIdle)
        .withMessageContaining("a task cannot move the time");
  }

  @Test
  void oneThreadAtATimeMovesTheTime() {
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    time.execute(
        () -> {
          Thread other = new Thread(time::runUntilIdle);
          other.setUncaughtExceptionHandler((thread, e) -> thrown.set(e));
          other.start();
          join(other);
        });

    time.runUntilIdle();

    assertThat(thrown.get()).hasMessageContaining("another thread moves the time");
  }

  @Test
  void workThatNeverEndsIsNoticed() {
    class Loop implements Runnable {
      @Override
      public void run() {
        time.schedule(Duration.ZERO, this);
      }
    }
    time.execute(new Loop());

    assertThatIllegalStateException()
        .isThrownBy(time::runUntilIdle)
        .withMessageContaining("is this a loop?");
  }

  @Test
  void closingDropsWhatWaits() {
    time.execute(() -> log.add("task"));
    at(Duration.ofSeconds(1), "timer");

    time.close();
    time.execute(() -> log.add("late task"));
    time.schedule(Duration.ZERO, () -> log.add("late timer")).close();
    time.advance(Duration.ofDays(1));

    assertThat(log).isEmpty();
  }

  @Test
  void clocksOfNodesTickTogether() {
    VirtualTime.Clock a = time.clock();
    time.advance(Duration.ofHours(1));
    VirtualTime.Clock b = time.clock();

    a.jump(Duration.ofMinutes(-10));
    b.jump(Duration.ofMinutes(10));
    time.advance(Duration.ofHours(1));

    assertThat(a.instant()).isEqualTo("2027-01-01T01:50:00Z");
    assertThat(b.instant()).isEqualTo("2027-01-01T02:10:00Z");
    assertThat(time.instant()).isEqualTo("2027-01-01T02:00:00Z");
    assertThat(a.nanos()).isEqualTo(b.nanos());
  }

  @Test
  void closingTheClockOfANodeEndsThisNodeAlone() {
    VirtualTime.Clock a = time.clock();
    VirtualTime.Clock b = time.clock();
    a.schedule(Duration.ofSeconds(1), () -> log.add("a"));
    b.schedule(Duration.ofSeconds(1), () -> log.add("b"));
    a.execute(() -> log.add("task of a"));

    a.close();
    time.advance(Duration.ofSeconds(1));

    assertThat(log).containsExactly("b");
  }

  private void at(Duration delay, String what) {
    time.schedule(delay, () -> at(what));
  }

  private void at(String what) {
    log.add(what + " " + time.instant());
  }

  private static void greet(ServerSocket server) {
    try (Socket socket = server.accept()) {
      socket.getOutputStream().write(42);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void receiveFrom(ServerSocket server) {
    try (Socket socket = new Socket(server.getInetAddress(), server.getLocalPort())) {
      at("received " + socket.getInputStream().read());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
