package io.autotls.testing.ca.internal.acme;

import io.autotls.testing.ca.Endpoint;
import io.autotls.testing.ca.RecordedRequest;
import io.autotls.testing.ca.internal.http.HttpRequest;
import io.autotls.testing.ca.internal.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** Every request in the order of arrival. */
public final class RequestLog {
  private final InstantSource time;
  private final List<RecordedRequest> requests = new ArrayList<>();
  private final List<Consumer<RecordedRequest>> listeners = new CopyOnWriteArrayList<>();

  public RequestLog(InstantSource time) {
    this.time = time;
  }

  public void listen(Consumer<RecordedRequest> listener) {
    listeners.add(listener);
  }

  public synchronized List<RecordedRequest> requests() {
    return List.copyOf(requests);
  }

  synchronized int begin(HttpRequest request, Endpoint endpoint) {
    RecordedRequest.Builder recorded =
        RecordedRequest.builder(time.instant(), request.method(), request.target(), endpoint);
    if (request.method().equals("POST")) {
      try {
        Jws jws = Jws.parse(Json.parse("the body", request.body()));
        jws.header().string("kid").ifPresent(recorded::kid);
        recorded.payload(new String(jws.payload(), StandardCharsets.UTF_8));
      } catch (ProblemException e) {
        recorded.payload(""); // what cannot be read is refused later, and recorded without details
      }
    }
    requests.add(recorded.build());
    return requests.size() - 1;
  }

  void complete(int number, HttpResponse response) {
    RecordedRequest completed;
    synchronized (this) {
      completed = requests.get(number).completed(response.status(), problemType(response));
      requests.set(number, completed);
    }
    listeners.forEach(listener -> listener.accept(completed));
  }

  private static String problemType(HttpResponse response) {
    if (!response.headers().first("Content-Type").orElse("").startsWith("application/problem")) {
      return "";
    }
    try {
      String type = Json.parse("a problem", response.body()).string("type").orElse("");
      return type.substring(type.lastIndexOf(':') + 1);
    } catch (ProblemException e) {
      return "";
    }
  }
}
