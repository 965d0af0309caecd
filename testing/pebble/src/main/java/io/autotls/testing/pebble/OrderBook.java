package io.autotls.testing.pebble;

import io.autotls.testing.pebble.PebbleOrder.State;
import java.math.BigInteger;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads in Pebble's log what became of the orders: it tells that in no other way. */
final class OrderBook {
  private static final Pattern ADDED = Pattern.compile("Added order \"([^\"]+)\" to the db");
  private static final Pattern INVALID =
      Pattern.compile("order (\\S+) set INVALID by invalid authz", Pattern.CASE_INSENSITIVE);
  private static final Pattern ISSUED =
      Pattern.compile("Issued certificate serial ([0-9a-fA-F]+) for order (\\S+)");

  private final InstantSource clock;
  private final Map<String, PebbleOrder> orders = new LinkedHashMap<>(); // guarded by this

  OrderBook(InstantSource clock) {
    this.clock = clock;
  }

  synchronized void read(String line) {
    Matcher added = ADDED.matcher(line);
    Matcher invalid = INVALID.matcher(line);
    Matcher issued = ISSUED.matcher(line);
    if (added.find()) {
      String id = added.group(1);
      orders.put(id, new PebbleOrder(id, clock.instant(), State.OPEN, Optional.empty()));
    } else if (invalid.find()) {
      become(invalid.group(1), State.INVALID, Optional.empty());
    } else if (issued.find()) {
      become(issued.group(2), State.ISSUED, Optional.of(new BigInteger(issued.group(1), 16)));
    }
  }

  private void become(String id, State state, Optional<BigInteger> serial) {
    orders.computeIfPresent(
        id, (key, order) -> new PebbleOrder(id, order.created(), state, serial));
  }

  synchronized List<PebbleOrder> all() {
    return List.copyOf(orders.values());
  }
}
