package io.autotls.internal.engine;

import io.autotls.spi.Key;
import io.autotls.spi.TimeSource;
import io.autotls.tls.Credential;
import io.autotls.tls.Keyring;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves certificates of earlier specs until those of the present ones are there. Whoever adds a
 * name to a certificate asks for another certificate; visitors of the old names must not get a
 * placeholder meanwhile, when a certificate that is good for them lies in the storage.
 *
 * <p>Safe for use by many threads.
 */
final class StandIns {
  private static final Logger log = LoggerFactory.getLogger(StandIns.class);

  /** A start must not take long because many other records are in the storage. */
  private static final int MOST_RECORDS = 200;

  private final Records records;
  private final Keyring keyring;
  private final TimeSource time;
  private final Map<String, Set<String>> slots = new HashMap<>(); // names by slot; guarded by this

  StandIns(Records records, Keyring keyring, TimeSource time) {
    this.records = records;
    this.keyring = keyring;
    this.time = time;
  }

  /**
   * Looks for stand-ins.
   *
   * @param bare what has no certificate yet
   * @param isWanted whether the record with that key is served for its own sake
   */
  void find(Collection<Managed> bare, Predicate<String> isWanted) {
    if (bare.isEmpty()) {
      return;
    }
    try (Stream<Key> keys = records.list()) {
      List<Key> others =
          keys.filter(key -> !isWanted.test(key.name())).limit(MOST_RECORDS).toList();
      for (Key key : others) {
        records.read(key, time.instant()).ifPresent(stored -> offer(key, stored, bare));
      }
    } catch (IOException | UncheckedIOException e) {
      log.debug("cannot look for certificates of earlier specs", e); // the placeholder serves
    }
  }

  private void offer(Key key, Records.Stored stored, Collection<Managed> bare) {
    Optional<Generation> generation = stored.record().generation();
    if (generation.isEmpty() || !generation.get().isAlive(time.instant())) {
      return;
    }
    Credential credential = generation.get().credential();
    Set<String> names = new LinkedHashSet<>();
    for (Managed one : bare) {
      one.spec().names().stream().filter(name -> covers(credential, name)).forEach(names::add);
    }
    if (!names.isEmpty()) {
      String slot = "stand-in/" + Records.id(key);
      synchronized (this) {
        slots.put(slot, names);
        keyring.install(slot, names, credential);
      }
      log.info("{}: served by an earlier certificate until the new one is there", names);
    }
  }

  private static boolean covers(Credential credential, String name) {
    return Publication.covers(credential.names(), name);
  }

  /** Another certificate is there for these names: nobody has to stand in for them any more. */
  synchronized void dismiss(Collection<String> names) {
    for (Map.Entry<String, Set<String>> slot : new ArrayList<>(slots.entrySet())) {
      if (!slot.getValue().removeAll(names)) {
        continue;
      }
      Optional<Credential> credential = keyring.installed(slot.getKey());
      if (slot.getValue().isEmpty() || credential.isEmpty()) {
        keyring.remove(slot.getKey());
        slots.remove(slot.getKey());
      } else {
        keyring.install(slot.getKey(), slot.getValue(), credential.get());
      }
    }
  }
}
