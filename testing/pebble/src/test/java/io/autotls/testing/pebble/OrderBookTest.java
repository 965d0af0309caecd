package io.autotls.testing.pebble;

import static org.assertj.core.api.Assertions.assertThat;

import io.autotls.testing.pebble.PebbleOrder.State;
import java.math.BigInteger;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class OrderBookTest {
  private static final Instant NOW = Instant.parse("2026-11-29T12:00:00Z");

  private final OrderBook book = new OrderBook(() -> NOW);

  @Test
  void anOrderIsOpenUntilAChallengeFailsOrACertificateIsThere() {
    book.read("Pebble 2026/11/29 12:00:00 Added order \"a-1\" to the db");
    book.read("Pebble 2026/11/29 12:00:00 Added order \"b_2\" to the db");
    book.read("Pebble 2026/11/29 12:00:00 Added order \"c3\" to the db");
    book.read("Pebble 2026/11/29 12:00:01 order b_2 set INVALID by invalid authz x");
    book.read("Pebble 2026/11/29 12:00:02 Issued certificate serial 0aff for order c3");

    assertThat(book.all())
        .containsExactly(
            new PebbleOrder("a-1", NOW, State.OPEN, Optional.empty()),
            new PebbleOrder("b_2", NOW, State.INVALID, Optional.empty()),
            new PebbleOrder("c3", NOW, State.ISSUED, Optional.of(BigInteger.valueOf(0xaff))));
  }
}
