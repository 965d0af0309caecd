package io.autotls.storage;

import io.autotls.spi.Key;
import io.autotls.spi.WatchListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who wants to know of changes. A class, not a record: two watches for the same are two watches.
 */
final class Subscription {
  private static final Logger log = LoggerFactory.getLogger(Subscription.class);

  private final String prefix;
  private final WatchListener listener;

  Subscription(String prefix, WatchListener listener) {
    this.prefix = prefix;
    this.listener = listener;
  }

  void announce(Key key) {
    if (!key.name().startsWith(prefix)) {
      return;
    }
    try {
      listener.changed(key);
    } catch (RuntimeException e) {
      log.error(
          "A watcher failed on the change of {}; the change and other watchers stand", key, e);
    }
  }

  void lost() {
    try {
      listener.lost();
    } catch (RuntimeException e) {
      log.error("A watcher failed when changes were missed; other watchers stand", e);
    }
  }
}
