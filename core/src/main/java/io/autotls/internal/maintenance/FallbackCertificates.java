package io.autotls.internal.maintenance;

import io.autotls.CertificateSpec;
import io.autotls.internal.issuance.CertificateInstaller;
import io.autotls.internal.issuance.ManagedCertificate;
import io.autotls.internal.issuance.NameIndex;
import io.autotls.internal.queue.Priority;
import io.autotls.internal.queue.Schedule;
import io.autotls.internal.queue.Task;
import io.autotls.internal.queue.TaskQueue;
import io.autotls.internal.record.CertificateRecord;
import io.autotls.internal.record.Generation;
import io.autotls.internal.record.NameFailures;
import io.autotls.internal.record.RecordStore;
import io.autotls.spi.Key;
import io.autotls.spi.Listing;
import io.autotls.spi.TimeSource;
import io.autotls.tls.Credential;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Certificates of other specs that cover wanted names for as long as those have nothing better. Two
 * kinds of spec have them:
 *
 * <ul>
 *   <li>One that an earlier configuration asked for. Whoever adds a name to a certificate asks for
 *       another certificate, and it may take long, or for ever, to prove control of the new name.
 *   <li>What {@linkplain NameFailures#remainder remains} of a wanted one without the names that
 *       keep failing.
 * </ul>
 *
 * <p>They are certificates like any other: served, renewed, warned of, and found by name. When they
 * are not needed any more they are let go. Everything that might change that ends in {@link #run}
 * on a worker; safe for use by many threads.
 */
public final class FallbackCertificates implements Task {
  private static final Logger log = LoggerFactory.getLogger(FallbackCertificates.class);

  /** Certificates end, and clocks are set: nothing else tells of that. */
  private static final Duration REVIEW = Duration.ofHours(1);

  /** What is added at run time has a certificate by then, as a rule; then nothing is searched. */
  private static final Duration SEARCH_AFTER = Duration.ofMinutes(1);

  private static final int LOT = 50;

  private final RecordStore records;
  private final TimeSource time;
  private final Function<Generation, Instant> now;
  private final TaskQueue queue;
  private final NameIndex names;
  private final Keeping keeping;
  private final Set<ManagedCertificate> serving = ConcurrentHashMap.newKeySet();
  private final Set<ManagedCertificate> changed = ConcurrentHashMap.newKeySet();
  private final Set<ManagedCertificate> unread = ConcurrentHashMap.newKeySet(); // since the start
  private final Set<ManagedCertificate> added =
      new LinkedHashSet<>(); // guarded by itself, like the next one
  private @Nullable Instant searchAt; // for those that were added; null if there are none
  private Instant reviewAt =
      Instant.MAX; // while nothing is served; guarded by this, like all below
  private final Deque<Key> toRead = new ArrayDeque<>();
  private final Set<ManagedCertificate> searching = new LinkedHashSet<>();

  /** What is done with a fallback. */
  public interface Keeping {
    /** Whether that record is served and watched already, for whatever reason. */
    boolean isManaged(Key key);

    /**
     * Serves and renews a certificate that nobody asked for.
     *
     * @param also names that it is served for besides its own, such as one that its wildcard covers
     * @return empty if nobody here could ever issue it
     */
    Optional<ManagedCertificate> keep(CertificateSpec spec, Set<String> also);

    /** Serves and renews a certificate that is not wanted any more. */
    void keep(ManagedCertificate retired);

    /** Serves it until then, and renews it no longer. */
    void letGo(ManagedCertificate fallback, Instant until);
  }

  /**
   * Creates it.
   *
   * @param now the present by the clock of who issued a certificate, or by ours
   */
  public FallbackCertificates(
      RecordStore records,
      TimeSource time,
      Function<Generation, Instant> now,
      TaskQueue queue,
      NameIndex names,
      Keeping keeping) {
    this.records = records;
    this.time = time;
    this.now = now;
    this.queue = queue;
    this.names = names;
    this.keeping = keeping;
  }

  /**
   * Looks for fallbacks at a start, before the first visitor comes; what there is no time for is
   * found soon after.
   */
  public void start(Collection<ManagedCertificate> all, BooleanSupplier hasTime) {
    all.forEach(this::keepRemainder);
    all.stream().filter(one -> !one.isLoaded()).forEach(unread::add);
    search(all.stream().filter(one -> one.isLoaded() && lacksCertificate(one)).toList());
    while (hasTime.getAsBoolean() && readNext()) {
      // one after the other
    }
    queue.put(this, Schedule.of(time.instant(), Priority.URGENT));
  }

  /** A record was read or written, its certificate is served, or it is wanted no longer. */
  public void changed(ManagedCertificate one) {
    if (!unread.isEmpty() && one.isLoaded() && unread.remove(one)) {
      searchIfLacking(one);
    }
    boolean leavesOut = one.remainder().isPresent();
    if (leavesOut || one.isRetired() || !serving.isEmpty()) {
      changed.add(one);
      queue.put(this, Schedule.of(time.instant(), Priority.URGENT));
    }
  }

  /** It is wanted from now on. */
  public void added(ManagedCertificate one) {
    searchIfLacking(one);
    changed(one);
  }

  private void searchIfLacking(ManagedCertificate one) {
    if (lacksCertificate(one)) {
      queue.put(this, Schedule.of(searchLater(List.of(one)), Priority.ROUTINE));
    }
  }

  /** One look is enough for all that wait for it, so it is due when the first of them was. */
  private Instant searchLater(Collection<ManagedCertificate> lacking) {
    synchronized (added) { // whoever adds a certificate does not wait for a storage that is listed
      added.addAll(lacking);
      if (searchAt == null) {
        searchAt = time.instant().plus(SEARCH_AFTER);
      }
      return searchAt;
    }
  }

  /** All that wait for a search, if it is due. */
  private List<ManagedCertificate> dueForSearch() {
    synchronized (added) {
      if (searchAt == null || searchAt.isAfter(time.instant())) {
        return List.of();
      }
      List<ManagedCertificate> due = List.copyOf(added);
      added.clear();
      searchAt = null;
      return due;
    }
  }

  private @Nullable Instant nextSearch() {
    synchronized (added) {
      return searchAt;
    }
  }

  @Override
  public @Nullable Schedule run() {
    Set<ManagedCertificate> affected = new LinkedHashSet<>();
    for (ManagedCertificate one : List.copyOf(changed)) {
      changed.remove(one);
      keepRemainder(one);
      if (one.isRetired() && isNeeded(one)) {
        keeping.keep(one);
        keeps(one);
      }
      servingBeside(one).forEach(affected::add);
    }
    search(dueForSearch().stream().filter(one -> one.isWanted() && lacksCertificate(one)).toList());
    for (int i = 0; i < LOT && readNext(); i++) {
      // one after the other
    }
    if (isReviewDue()) {
      affected.addAll(serving);
    }
    affected.forEach(this::letGoUnlessNeeded);
    return next();
  }

  /**
   * Those that may be needed, or not, because of a certificate: others it has nothing to do with.
   */
  private Stream<ManagedCertificate> servingBeside(ManagedCertificate one) {
    return serving.isEmpty()
        ? Stream.empty()
        : Stream.concat(
                names.sharing(one.spec()), one.spec().names().stream().flatMap(names::covering))
            .filter(serving::contains);
  }

  private synchronized boolean isReviewDue() {
    Instant now = time.instant();
    boolean due = !reviewAt.isAfter(now);
    if (serving.isEmpty()) {
      reviewAt = Instant.MAX;
    } else if (due || reviewAt.isAfter(now.plus(REVIEW))) { // or the clock was set back
      reviewAt = now.plus(REVIEW);
    }
    return due;
  }

  private synchronized @Nullable Schedule next() {
    if (!toRead.isEmpty()) {
      return Schedule.of(time.instant(), Priority.URGENT);
    }
    Instant search = nextSearch();
    if (search == null && serving.isEmpty()) {
      return null;
    }
    return Schedule.of(search != null ? search : time.instant().plus(REVIEW), Priority.ROUTINE);
  }

  /** The names that do not fail get a certificate of their own. */
  private void keepRemainder(ManagedCertificate one) {
    if (!one.isRetired()) {
      one.remainder()
          .flatMap(spec -> keeping.keep(spec, Set.of()))
          .filter(ManagedCertificate::isFallback)
          .filter(serving::add)
          .ifPresent(
              kept ->
                  log.info(
                      "{}: a certificate for {} alone serves them until this one is there",
                      one.spec(),
                      kept.spec()));
    }
  }

  private void keeps(ManagedCertificate fallback) {
    if (fallback.isFallback() && serving.add(fallback)) {
      log.info(
          "{}: served, and renewed, until there is a certificate for its names that is wanted",
          fallback.spec());
    }
  }

  private void letGoUnlessNeeded(ManagedCertificate one) {
    if (!one.isFallback()) {
      serving.remove(one); // it is wanted again
    } else if (!isNeeded(one)) {
      serving.remove(one);
      keeping.letGo(one, servedUntil(one));
    }
  }

  /** Whoever stops wanting a certificate is promised that its names are served for a while. */
  private Instant servedUntil(ManagedCertificate fallback) {
    return Stream.concat(Stream.of(fallback), names.sharing(fallback.spec()))
        .flatMap(one -> one.servedUntil().stream())
        .max(Comparator.naturalOrder())
        .orElse(time.instant());
  }

  /**
   * What visitors of a name get in place of a certificate that is wanted and not there; of any of
   * its names if {@code name} is null.
   */
  public Optional<ManagedCertificate> standIn(ManagedCertificate wanted, @Nullable String name) {
    if (serving.isEmpty() || !wanted.isWanted() || !lacksCertificate(wanted)) {
      return Optional.empty();
    }
    return (name == null ? wanted.spec().names() : List.of(name))
        .stream()
            .flatMap(names::covering)
            .filter(other -> other.isFallback() && !lacksCertificate(other))
            .max(Comparator.comparing(FallbackCertificates::end));
  }

  // Which certificates are needed.

  /** Whether a certificate that nobody asked for is the best that there is for a wanted name. */
  public boolean isNeeded(ManagedCertificate one) {
    Set<String> covered = Set.copyOf(one.spec().names());
    return names
        .sharing(one.spec())
        .filter(other -> other != one && !other.isRetired())
        .anyMatch(other -> isRemainder(one, other) || isMissed(one, covered, other));
  }

  private static boolean isRemainder(ManagedCertificate one, ManagedCertificate whole) {
    return whole.remainder().filter(one.spec()::equals).isPresent();
  }

  /** Whether a name of {@code wanted}, which has no certificate itself, would have none. */
  private boolean isMissed(ManagedCertificate one, Set<String> covered, ManagedCertificate wanted) {
    if (!wanted.isWanted() || !lacksCertificate(wanted)) {
      return false;
    }
    // One that has expired is still worth renewing, if that was begun.
    boolean worthIt = one.isFallback() || !lacksCertificate(one);
    return worthIt
        && wanted.spec().names().stream()
            .filter(name -> CertificateInstaller.covers(covered, name))
            .anyMatch(name -> !isBetterServed(name, one));
  }

  private boolean isBetterServed(String name, ManagedCertificate than) {
    return names
        .covering(name)
        .filter(other -> other != than && !other.isRetired() && !lacksCertificate(other))
        .anyMatch(other -> other.isWanted() || isBetter(other, than));
  }

  /** Of several for one name one is enough: all nodes take the same, which lasts longest. */
  private boolean isBetter(ManagedCertificate one, ManagedCertificate than) {
    if (lacksCertificate(than)) {
      return true;
    }
    int byEnd = end(one).compareTo(end(than));
    return byEnd > 0 || byEnd == 0 && one.spec().id().compareTo(than.spec().id()) < 0;
  }

  private static Instant end(ManagedCertificate one) {
    return one.credential().map(Credential::notAfter).orElse(Instant.MIN);
  }

  private boolean lacksCertificate(ManagedCertificate one) {
    return one.record().flatMap(this::valid).isEmpty();
  }

  /** What serves of a record, if it has not ended, and has begun. */
  private Optional<Generation> valid(CertificateRecord record) {
    return record
        .generation()
        .map(now)
        .flatMap(
            issuers -> record.inService(issuers).filter(generation -> generation.hasBegun(issuers)))
        .filter(generation -> generation.isAlive(time.instant()));
  }

  // Looking for what earlier configurations left in the storage.

  private synchronized void search(Collection<ManagedCertificate> lacking) {
    if (lacking.isEmpty()) {
      return;
    }
    List<Key> others = new ArrayList<>();
    try (Listing entries = records.list()) {
      while (entries.next()) {
        Key key = entries.entry().key();
        if (!keeping.isManaged(key)) {
          others.add(key);
        }
      }
      toRead.clear(); // all of them are read for all that search
      toRead.addAll(others);
      searching.addAll(lacking);
    } catch (Throwable e) { // also an Error of a plug-in: it must not end the start
      log.debug("cannot look for certificates of earlier specs", e); // the placeholder serves
      searchLater(lacking);
    }
  }

  /**
   * Reads one record.
   *
   * @return false if none is left to be read
   */
  private boolean readNext() {
    Key key;
    synchronized (this) {
      key = isSearching() ? toRead.poll() : null;
      if (key == null) {
        toRead.clear();
        searching.clear();
        return false;
      }
    }
    try {
      records.readForeign(key, time.instant()).ifPresent(this::offer);
    } catch (Throwable e) { // likewise
      log.debug("cannot read {} in search of a certificate", key, e); // another one may do
    }
    return true;
  }

  private boolean isSearching() {
    Iterator<ManagedCertificate> all = searching.iterator();
    while (all.hasNext()) {
      ManagedCertificate one = all.next();
      if (one.isWanted() && lacksCertificate(one)) {
        return true;
      }
      all.remove();
    }
    return false;
  }

  private void offer(RecordStore.Foreign found) {
    Generation generation = valid(found.record()).orElse(null);
    if (generation == null) {
      return;
    }
    Set<String> covered =
        generation.credential().names().stream()
            .flatMap(names::coveredBy)
            .filter(this::isLacking)
            .filter(name -> !isServedFor(name, generation.credential().notAfter()))
            .collect(Collectors.toSet());
    if (!covered.isEmpty()) {
      keeping.keep(found.spec(), covered).ifPresent(this::keeps);
    }
  }

  private boolean isLacking(String name) {
    return names.find(name).stream()
        .anyMatch(one -> one.isWanted() && one.isLoaded() && lacksCertificate(one));
  }

  private boolean isServedFor(String name, Instant until) {
    return names
        .covering(name)
        .filter(other -> !other.isRetired() && !lacksCertificate(other))
        .anyMatch(other -> other.isWanted() || !end(other).isBefore(until));
  }
}
