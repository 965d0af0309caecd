package io.autotls.acme;

import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is remembered of orders that were lately worked on; the oldest is forgotten first. Another
 * process may end an order that was begun here, and nobody tells this one. Safe for use by many
 * threads.
 */
final class RecentOrders<V> {
  /** More than are worked on at once, and little memory. */
  static final int CAPACITY = 2_000;

  private final Map<URI, V> values =
      new LinkedHashMap<>(16, 0.75f, true) { // guarded by this; by access
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<URI, V> eldest) {
          return size() > CAPACITY;
        }
      };

  synchronized @Nullable V get(URI order) {
    return values.get(order);
  }

  synchronized void put(URI order, V value) {
    values.put(order, value);
  }

  synchronized void remove(URI order) {
    values.remove(order);
  }

  synchronized int size() {
    return values.size();
  }
}
