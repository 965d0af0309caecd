package io.autotls.testing.ca.internal.acme;

import io.autotls.testing.ca.Endpoint;
import io.autotls.testing.ca.internal.http.HttpRequest;
import io.autotls.testing.ca.internal.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Every request in the order of arrival. */
public final class RequestLog {
  /** A request; {@code kid}, {@code status} and {@code problem} are null while there is none. */
  public record Entry(
      Instant at,
      String method,
      String target,
      Endpoint endpoint,
      @Nullable String kid,
      String payload,
      @Nullable Integer status,
      @Nullable String problem) {
    Entry completed(int responseStatus, @Nullable String problemType) {
      return new Entry(at, method, target, endpoint, kid, payload, responseStatus, problemType);
    }
  }

  private final InstantSource time;
  private final List<Entry> requests = new ArrayList<>();
  private final List<Consumer<Entry>> listeners = new CopyOnWriteArrayList<>();

  public RequestLog(InstantSource time) {
    this.time = time;
  }

  public void listen(Consumer<Entry> listener) {
    listeners.add(listener);
  }

  public synchronized List<Entry> requests() {
    return List.copyOf(requests);
  }

  synchronized int begin(HttpRequest request, Endpoint endpoint) {
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
    requests.add(
        new Entry(
            time.instant(),
            request.method(),
            request.target(),
            endpoint,
            kid,
            payload,
            null,
            null));
    return requests.size() - 1;
  }

  void complete(int number, HttpResponse response) {
    Entry completed;
    synchronized (this) {
      completed = requests.get(number).completed(response.status(), problemType(response));
      requests.set(number, completed);
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
