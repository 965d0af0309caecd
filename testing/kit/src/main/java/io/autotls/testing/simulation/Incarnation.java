package io.autotls.testing.simulation;

import io.autotls.AutoTls;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One life of a simulated process: from its start to its crash. The machine below it starts the
 * next one.
 */
final class Incarnation {
  private final Machine machine;
  private final SimulatedServer server;
  private final StoredFormat version;
  private final int number;
  private final List<Runnable> parked = new ArrayList<>(); // what waits for the end of a pause
  private @Nullable AutoTls tls; // null until it has started
  private List<SimulatedCa> configured = List.of();
  private boolean paused;
  private boolean over;
  private boolean reported;
  private boolean stopping;
  private final Map<Thread, Integer> readBegan = new HashMap<>(); // the same for the last read
  private final Map<Thread, Integer> stepBegan = new HashMap<>(); // what slowMoments was then
  private int slowMoments;
  private int depth; // calls of AutoTls into simulated parts that are under way

  Incarnation(Machine machine, int number, SimulatedServer server, StoredFormat version) {
    this.machine = machine;
    this.server = server;
    this.version = version;
    this.number = number;
  }

  SimulatedServer server() {
    return server;
  }

  /** In which form it stores what the nodes share. */
  StoredFormat version() {
    return version;
  }

  /** It was asked to stop: AutoTls is closed soon, and what it does then is cut off. */
  void stops() {
    stopping = true;
  }

  boolean isStopping() {
    return stopping;
  }

  Machine machine() {
    return machine;
  }

  /** The machine's name and which life this is: {@code a1}. */
  String name() {
    return machine.name() + number;
  }

  void started(AutoTls tls) {
    this.tls = tls;
  }

  void configured(List<SimulatedCa> cas) {
    this.configured = cas;
  }

  /** The CAs that it knows, in their order; none before it has started. */
  List<SimulatedCa> configured() {
    return configured;
  }

  /** What runs in it; null before it has started and after it has ended. */
  @Nullable AutoTls tls() {
    return over ? null : tls;
  }

  boolean isPaused() {
    return paused;
  }

  boolean isOver() {
    return over;
  }

  void pause() {
    paused = true;
  }

  void resume() {
    paused = false;
    List<Runnable> waiting = List.copyOf(parked);
    parked.clear();
    waiting.forEach(Runnable::run);
  }

  void park(Runnable continuation) {
    parked.add(continuation);
  }

  /** Nothing of it happens any more. */
  void kill() {
    over = true;
    resume();
  }

  /** A call was unwound because the process is over. */
  void crashed() {
    over = true;
    if (!reported) {
      reported = true;
      machine.onCrash();
    }
  }

  /** Whether a thread of it may hold locks that looking at it would wait for. */
  boolean canBeLookedAt() {
    return tls != null && !over && depth == 0;
  }

  /** A record is read on this thread of it: what is written from now on, a step will not know. */
  void readsRecord() {
    readBegan.put(Thread.currentThread(), slowMoments);
  }

  /** A step of an issuer begins on this thread of it, for what was read before. */
  void stepBegins() {
    Integer read = readBegan.remove(Thread.currentThread());
    stepBegan.put(Thread.currentThread(), read == null ? slowMoments : read);
  }

  /** It stands still, or waits, for longer than a moment. */
  void slowed() {
    slowMoments++;
  }

  /**
   * Whether it was stopped since it read what the present step is for: others may have taken over
   * meanwhile.
   */
  boolean isStepSlow() {
    return slowMoments > stepBegan.getOrDefault(Thread.currentThread(), 0);
  }

  void enter() {
    depth++;
  }

  void leave() {
    depth--;
  }
}
