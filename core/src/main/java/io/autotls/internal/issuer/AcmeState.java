package io.autotls.internal.issuer;

import io.autotls.spi.Progress;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What an ACME issuance remembers between two steps. Immutable; stored as text.
 *
 * @param phase the next step
 * @param order null until the CA accepted the order
 * @param since when this phase was entered
 * @param polls how often this phase has looked without news
 */
record AcmeState(Phase phase, @Nullable URI order, Instant since, int polls) {
  /** The steps of an issuance, in order. */
  enum Phase {
    /** Choose how to prove control, and note that an order is going to be made. */
    PREPARE("prepares"),
    /** Make the order (RFC 8555 §7.4). */
    ORDER("orders"),
    /** Answer the challenges, and tell the CA to look (§7.5.1). */
    AUTHORIZE("answers challenges"),
    /** Wait until the CA has looked. */
    VALIDATE("is validated by the CA"),
    /** Send the CSR (§7.4). */
    FINALIZE("sends the request for the certificate"),
    /** Wait until the CA has signed. */
    POLL("waits for the CA to sign"),
    /** Fetch the certificate (§7.4.2). */
    DOWNLOAD("downloads the certificate");

    private final String description;

    Phase(String description) {
      this.description = description;
    }
  }

  static AcmeState first(Instant now) {
    return new AcmeState(Phase.PREPARE, null, now, 0);
  }

  /** Reads what {@link #toMap} wrote; anything else is a beginning. */
  static AcmeState of(Map<String, String> map, Instant now) {
    String phase = map.get("phase");
    if (phase == null) {
      return first(now);
    }
    try {
      String order = map.get("order");
      return new AcmeState(
          Phase.valueOf(phase),
          order == null ? null : URI.create(order),
          Instant.parse(map.getOrDefault("since", now.toString())),
          Integer.parseInt(map.getOrDefault("polls", "0")));
    } catch (IllegalArgumentException | DateTimeParseException e) {
      return first(now);
    }
  }

  Map<String, String> toMap() {
    Map<String, String> map = new LinkedHashMap<>();
    map.put("phase", phase.name());
    map.put("since", since.toString());
    if (order != null) {
      map.put("order", order.toString());
    }
    if (polls > 0) {
      map.put("polls", Integer.toString(polls));
    }
    return map;
  }

  AcmeState enter(Phase next, Instant now) {
    return new AcmeState(next, order, now, 0);
  }

  AcmeState withOrder(URI url) {
    return new AcmeState(phase, url, since, polls);
  }

  AcmeState polledOnceMore() {
    return new AcmeState(phase, order, since, polls + 1);
  }

  Progress now() {
    return after(Duration.ZERO);
  }

  Progress after(Duration delay) {
    return new Progress.Continue(toMap(), phase.description, delay);
  }
}
