package io.autotls.testing.ca.internal.acme;

import io.autotls.testing.ca.Endpoint;
import io.autotls.testing.ca.internal.http.HttpRequest;
import io.autotls.testing.ca.internal.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Every request in the order of arrival, or the last ones. */
public final class RequestLog {
  /**
   * A request; {@code kid}, {@code status} and {@code problem} are null while there is none, {@code
   * earliest} if the CA asked for no patience.
   */
  public record Entry(
      int number,
      Instant at,
      String method,
      String target,
      Endpoint endpoint,
      @Nullable String kid,
      String payload,
      @Nullable Instant earliest,
      @Nullable Integer status,
      @Nullable String problem) {
    Entry completed(int responseStatus, @Nullable String problemType) {
      return new Entry(
          number,
          at,
          method,
          target,
          endpoint,
          kid,
          payload,
          earliest,
          responseStatus,
          problemType);
    }
  }

  private final CaClock clock;
  private final int capacity;
  private final Patience patience;
  private final List<Entry> requests = new ArrayList<>();
  private final List<Consumer<Entry>> listeners = new CopyOnWriteArrayList<>();
  private int forgotten;

  /** Remembers the last {@code capacity} requests, and up to twice as many. */
  public RequestLog(CaClock clock, int capacity) {
    this.clock = clock;
    this.capacity = capacity;
    this.patience = new Patience(clock);
  }

  public void listen(Consumer<Entry> listener) {
    listeners.add(listener);
  }

  public synchronized List<Entry> requests() {
    return List.copyOf(requests);
  }

  Entry begin(HttpRequest request, Endpoint endpoint) {
    String kid = null;
    String payload = "";
    if (request.method().equals("POST")) {
      try {
        Jws jws = Jws.parse(Json.parse("the body", request.body()));
        kid = jws.header().string("kid").orElse(null);
        payload = new String(jws.payload(), StandardCharsets.UTF_8);
      } catch (ProblemException e) {
        payload = ""; // what cannot be read is refused later, and recorded without details
      }
    }
    return add(request, endpoint, kid, payload);
  }

  private synchronized Entry add(
      HttpRequest request, Endpoint endpoint, @Nullable String kid, String payload) {
    Entry entry =
        new Entry(
            forgotten + requests.size(),
            clock.trueInstant(),
            request.method(),
            request.target(),
            endpoint,
            kid,
            payload,
            patience.earliest(endpoint, request.target(), payload).orElse(null),
            null,
            null);
    if (requests.size() / 2 >= capacity) {
      requests.subList(0, capacity).clear();
      forgotten += capacity;
    }
    requests.add(entry);
    return entry;
  }

  void complete(Entry begun, HttpResponse response) {
    Entry completed = begun.completed(response.status(), problemType(response));
    synchronized (this) {
      patience.note(begun, response.status(), response.headers());
      if (begun.number() >= forgotten) {
        requests.set(begun.number() - forgotten, completed);
      }
    }
    listeners.forEach(listener -> listener.accept(completed));
  }

  private static @Nullable String problemType(HttpResponse response) {
    if (!response.headers().first("Content-Type").orElse("").startsWith("application/problem")) {
      return null;
    }
    try {
      String type = Json.parse("a problem", response.body()).string("type").orElse("");
      return type.substring(type.lastIndexOf(':') + 1);
    } catch (ProblemException e) {
      return null;
    }
  }
}
