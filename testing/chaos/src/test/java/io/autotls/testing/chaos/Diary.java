package io.autotls.testing.chaos;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What was done to a cluster, and when, in seconds since the start. Safe for use by many threads.
 */
final class Diary {
  private final long start = System.nanoTime();
  private final List<String> lines = new ArrayList<>(); // guarded by this

  void note(String format, Object... arguments) {
    String line =
        String.format(
            Locale.ROOT, "%7.2f  %s", seconds(), String.format(Locale.ROOT, format, arguments));
    synchronized (this) {
      lines.add(line);
    }
  }

  private double seconds() {
    return Duration.ofNanos(System.nanoTime() - start).toMillis() / 1000.0;
  }

  synchronized List<String> lines() {
    return List.copyOf(lines);
  }

  @Override
  public String toString() {
    return String.join("\n", lines());
  }
}
