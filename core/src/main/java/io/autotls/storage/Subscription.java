package io.autotls.storage;

import io.autotls.spi.Key;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who wants to know of changes. A class, not a record: two watches for the same are two watches.
 */
final class Subscription {
  private static final Logger log = LoggerFactory.getLogger(Subscription.class);

  private final String prefix;
  private final Consumer<Key> changed;

  Subscription(String prefix, Consumer<Key> changed) {
    this.prefix = prefix;
    this.changed = changed;
  }

  void announce(Key key) {
    if (!key.name().startsWith(prefix)) {
      return;
    }
    try {
      changed.accept(key);
    } catch (RuntimeException e) {
      log.error(
          "A watcher failed on the change of {}; the change and other watchers stand", key, e);
    }
  }
}
