package io.autotls.internal.issuance;

import io.autotls.AutoTlsEvent;
import io.autotls.internal.events.EventDispatcher;
import io.autotls.internal.queue.Priority;
import io.autotls.internal.queue.Schedule;
import io.autotls.internal.queue.Task;
import io.autotls.internal.queue.TaskQueue;
import io.autotls.spi.TimeSource;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells people what cannot be ordered because something outside is missing. Every healthy start
 * passes through that state, for a server starts after AutoTls: so nothing is said before it has
 * lasted for a while, and then it is said once for all certificates.
 *
 * <p>Safe for use by many threads.
 */
public final class BlockedReport implements Task {
  private static final Logger log = LoggerFactory.getLogger(BlockedReport.class);

  /** An application that starts its server has done so by then, or its log shows why not. */
  static final Duration PATIENCE = Duration.ofSeconds(10);

  /** A line of the log is read by people. */
  private static final int MOST_NAMES = 10;

  private final TimeSource time;
  private final TaskQueue queue;
  private final EventDispatcher events;
  private final Map<ManagedCertificate, Long> since =
      new LinkedHashMap<>(); // by ticker; guarded by this

  public BlockedReport(TimeSource time, TaskQueue queue, EventDispatcher events) {
    this.time = time;
    this.queue = queue;
    this.events = events;
  }

  /** From now on that one waits, or for something else than before. */
  void add(ManagedCertificate one) {
    boolean first;
    synchronized (this) {
      first = since.isEmpty();
      since.putIfAbsent(one, time.nanos());
    }
    if (first) {
      queue.put(this, in(PATIENCE));
    }
  }

  @Override
  public @Nullable Schedule run() {
    List<ManagedCertificate> waiting;
    synchronized (this) {
      since.keySet().removeIf(one -> one.blockedBy().isEmpty() || one.isRetired());
      Iterator<Long> longest = since.values().iterator();
      if (!longest.hasNext()) {
        return null;
      }
      Duration left = PATIENCE.minusNanos(time.nanos() - longest.next());
      if (left.compareTo(Duration.ZERO) > 0) {
        return in(left);
      }
      waiting = new ArrayList<>(since.keySet());
      since.clear();
    }
    tell(waiting);
    return null;
  }

  private Schedule in(Duration delay) {
    return Schedule.of(time.instant().plus(delay), Priority.ROUTINE);
  }

  private void tell(Collection<ManagedCertificate> waiting) {
    Instant now = time.instant();
    Map<String, List<ManagedCertificate>> byReason =
        waiting.stream()
            .collect(
                Collectors.groupingBy(
                    one -> one.blockedBy().orElse(""), TreeMap::new, Collectors.toList()));
    byReason.remove(""); // it went on just now
    byReason.forEach(
        (reason, all) -> {
          log.warn(
              "Nothing can be ordered yet for {}: {}. Next: what is stored, or a placeholder, stays"
                  + " in service; the order goes out as soon as this is mended.",
              names(all),
              reason);
          all.forEach(one -> events.tell(new AutoTlsEvent.Blocked(now, one.spec(), reason)));
        });
  }

  private static String names(List<ManagedCertificate> all) {
    List<String> names =
        all.stream().flatMap(one -> one.spec().names().stream()).distinct().toList();
    String first = names.stream().limit(MOST_NAMES).collect(Collectors.joining(", "));
    int more = names.size() - MOST_NAMES;
    return more > 0 ? first + " and " + more + " more" : first;
  }
}
