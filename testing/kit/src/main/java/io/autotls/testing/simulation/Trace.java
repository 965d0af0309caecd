package io.autotls.testing.simulation;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.Supplier;

/**
 * What happened, for people: the last lines only, because a schedule may be long and what broke it
 * is near its end. Most runs need no trace; one that found something is run again with one, and
 * does exactly the same.
 */
final class Trace {
  private final int most;
  private final Deque<String> lines = new ArrayDeque<>();
  private long dropped;
  private long digest = 1125899906842597L;

  private Trace(int most) {
    this.most = most;
  }

  /** A trace that remembers nothing and costs nothing. */
  static Trace off() {
    return new Trace(0);
  }

  static Trace ofLast(int lines) {
    return new Trace(lines);
  }

  void add(long nanos, String who, Supplier<String> what) {
    if (most == 0) {
      return;
    }
    String line = stamp(nanos) + " " + who + " " + what.get();
    digest = 31 * digest + line.hashCode();
    if (lines.size() == most) {
      lines.removeFirst();
      dropped++;
    }
    lines.addLast(line);
  }

  private static String stamp(long nanos) {
    Duration at = Duration.ofNanos(nanos);
    return String.format(
        "%3dd %02d:%02d:%02d.%03d",
        at.toDays(), at.toHoursPart(), at.toMinutesPart(), at.toSecondsPart(), at.toMillisPart());
  }

  /** The last lines, oldest first. */
  List<String> lines() {
    return List.copyOf(lines);
  }

  /** How many older ones were dropped. */
  long dropped() {
    return dropped;
  }

  /** Equal for equal traces, the dropped lines included. */
  long digest() {
    return digest;
  }
}
