package io.autotls.storage;

import io.autotls.spi.EntryInfo;
import io.autotls.spi.KeyPrefix;
import io.autotls.spi.WatchListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who wants to know of changes. A class, not a record: two watches for the same are two watches.
 */
final class Subscription {
  private static final Logger log = LoggerFactory.getLogger(Subscription.class);

  private final KeyPrefix prefix;
  private final WatchListener listener;

  Subscription(KeyPrefix prefix, WatchListener listener) {
    this.prefix = prefix;
    this.listener = listener;
  }

  void announce(EntryInfo entry) {
    if (!prefix.contains(entry.key())) {
      return;
    }
    try {
      listener.changed(entry);
    } catch (RuntimeException e) {
      log.error(
          "A watcher failed on the change of {}; the change and other watchers stand",
          entry.key(),
          e);
    }
  }

  void lost() {
    try {
      listener.lost();
    } catch (RuntimeException e) {
      log.error("A watcher failed when changes were missed; other watchers stand", e);
    }
  }

  void ended(Throwable cause) {
    try {
      listener.ended(cause);
    } catch (RuntimeException e) {
      log.error("A watcher failed when its watch ended; other watchers stand", e);
    }
  }
}
