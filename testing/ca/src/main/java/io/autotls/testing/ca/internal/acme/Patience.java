package io.autotls.testing.ca.internal.acme;

import io.autotls.testing.ca.Endpoint;
import io.autotls.testing.ca.internal.http.Headers;
import io.autotls.testing.ca.internal.http.HttpDate;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Remembers for each resource until when the CA asked not to come back ({@code Retry-After}).
 *
 * <p>A resource is a URL. For newOrder it is the URL and the names: a limit that one set of names
 * has reached says nothing about another. What the CA says when it finalizes is about the order.
 */
final class Patience {
  private static final Duration UNBELIEVABLE = Duration.ofDays(3650);

  private final CaClock clock;
  private final Map<String, Instant> earliest = new HashMap<>();

  Patience(CaClock clock) {
    this.clock = clock;
  }

  /** The earliest time for a request to this resource, if the CA named one that lies ahead. */
  Optional<Instant> earliest(Endpoint endpoint, String target, String payload) {
    String key = key(endpoint, target, payload);
    Instant instant = earliest.get(key);
    if (instant == null || instant.isAfter(clock.trueInstant())) {
      return Optional.ofNullable(instant);
    }
    earliest.remove(key);
    return Optional.of(instant);
  }

  void note(RequestLog.Entry request, int status, Headers headers) {
    List<String> values = headers.all("Retry-After");
    Optional<Instant> until = values.stream().flatMap(v -> read(v).stream()).min(order());
    if (until.isPresent()) {
      boolean aboutOrder = request.endpoint() == Endpoint.FINALIZE && status < 300;
      String key =
          aboutOrder
              ? Urls.ORDER + request.target().substring(Urls.FINALIZE.length())
              : key(request.endpoint(), request.target(), request.payload());
      earliest.put(key, until.get());
    }
  }

  private static Comparator<Instant> order() {
    return Comparator.naturalOrder(); // of several, a client may take the one that it likes
  }

  private Optional<Instant> read(String value) {
    if (value.matches("[0-9]{1,12}")) {
      Duration delay = Duration.ofSeconds(Long.parseLong(value));
      return delay.compareTo(UNBELIEVABLE) > 0
          ? Optional.empty()
          : Optional.of(clock.trueInstant().plus(delay));
    }
    return HttpDate.parse(value).map(clock::toTrue);
  }

  private static String key(Endpoint endpoint, String target, String payload) {
    return endpoint == Endpoint.NEW_ORDER ? target + " " + names(payload) : target;
  }

  private static String names(String payload) {
    try {
      Json json = Json.parse("an order", payload.getBytes(StandardCharsets.UTF_8));
      return json.list("identifiers").orElse(List.of()).stream()
          .map(String::valueOf)
          .sorted()
          .toList()
          .toString();
    } catch (ProblemException e) {
      return ""; // no order at all: refused anyway
    }
  }
}
