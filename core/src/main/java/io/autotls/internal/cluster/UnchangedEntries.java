package io.autotls.internal.cluster;

import io.autotls.spi.Key;
import io.autotls.spi.TimeSource;
import io.autotls.spi.Version;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Since when entries have stayed as they are, by the monotonic clock of this node. What an entry
 * says of its age, and what the wall clock makes of it, is not enough to delete it: the wall clock
 * may be years ahead, and the entry be in use on a node whose clock is right.
 *
 * <p>Remembers those that were asked for in the last run, and no others. Not safe for use by many
 * threads: one run at a time.
 */
public final class UnchangedEntries {
  private record Seen(Version version, long since) {}

  private final TimeSource time;
  private final Map<Key, Seen> known = new HashMap<>();
  private final Set<Key> asked = new HashSet<>(); // in this run

  public UnchangedEntries(TimeSource time) {
    this.time = time;
  }

  /** A run begins. */
  public void begin() {
    known.keySet().retainAll(asked);
    asked.clear();
  }

  /** Whether this process has seen an entry at that version, and no other one, for so long. */
  public boolean isUnchangedFor(Duration duration, Key key, Version version) {
    return unchangedFor(key, version).compareTo(duration) >= 0;
  }

  /** For how long this process has seen an entry at that version, and no other one. */
  public Duration unchangedFor(Key key, Version version) {
    asked.add(key);
    Seen seen =
        known.compute(
            key,
            (any, before) ->
                before != null && before.version().equals(version)
                    ? before
                    : new Seen(version, time.nanos()));
    return Duration.ofNanos(time.nanos() - seen.since());
  }
}
