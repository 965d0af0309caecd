package io.autotls.testing.ca.internal.acme;

import io.autotls.testing.ca.internal.acme.FaultPlan.Fault;
import io.autotls.testing.ca.internal.http.Bodies;
import io.autotls.testing.ca.internal.http.Headers;
import io.autotls.testing.ca.internal.http.Headers.Header;
import io.autotls.testing.ca.internal.http.HttpHandler.Answer;
import io.autotls.testing.ca.internal.http.HttpHandler.BodyWriter;
import io.autotls.testing.ca.internal.http.HttpHandler.CutAnswer;
import io.autotls.testing.ca.internal.http.HttpHandler.Delayed;
import io.autotls.testing.ca.internal.http.HttpHandler.Reset;
import io.autotls.testing.ca.internal.http.HttpHandler.Silence;
import io.autotls.testing.ca.internal.http.HttpHandler.StreamedAnswer;
import io.autotls.testing.ca.internal.http.HttpHandler.TwiceAnswered;
import io.autotls.testing.ca.internal.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/** The ways in which a CA, or what stands in front of it, fails. */
public final class Faults {
  private static final int PORTION = 1;

  private final AcmeService service;
  private final Work work;

  public Faults(AcmeService service, Work work) {
    this.service = service;
    this.work = work;
  }

  /** A refusal as the CA itself would word it: with a date, and with a nonce for a POST. */
  public Fault refusal(Supplier<HttpResponse> refusal) {
    return (request, processing) -> {
      HttpResponse response = service.dated(refusal.get());
      return new Answer(
          request.method().equals("POST")
              ? response.withDefault("Replay-Nonce", service.nextNonce())
              : response);
    };
  }

  public Fault refusalWithoutNonce(Supplier<HttpResponse> refusal) {
    return (request, processing) -> new Answer(service.dated(refusal.get()));
  }

  public static Fault answer(HttpResponse response) {
    return (request, processing) -> new Answer(response);
  }

  public static Fault changed(UnaryOperator<HttpResponse> change) {
    return (request, processing) -> new Answer(change.apply(processing.get()));
  }

  /** Changes JSON; a response that is something else stays as it is. */
  public static Fault changedJson(UnaryOperator<Map<String, Object>> change) {
    return changed(
        response -> {
          try {
            Json json = Json.parse("a response", response.body());
            return response.withBody(Json.write(change.apply(json.members())));
          } catch (ProblemException e) {
            return response;
          }
        });
  }

  public static Fault reset() {
    return (request, processing) -> new Reset();
  }

  public static Fault resetAfterwards() {
    return (request, processing) -> {
      processing.get();
      return new Reset();
    };
  }

  public static Fault cut(int bytes) {
    return (request, processing) -> new CutAnswer(processing.get(), bytes);
  }

  public static Fault silence() {
    return (request, processing) -> new Silence();
  }

  public static Fault delay(Duration delay) {
    return (request, processing) -> new Delayed(delay, () -> new Answer(processing.get()));
  }

  public static Fault answeredTwice() {
    return (request, processing) -> new TwiceAnswered(processing.get());
  }

  public static Fault processedTwice() {
    return (request, processing) -> {
      processing.get();
      return new Answer(processing.get());
    };
  }

  public static Fault reordering(int requests) {
    return new Reordering(requests);
  }

  /** The first answer again and again, as a cache gives it. */
  public static Fault cached() {
    AtomicReference<HttpResponse> first = new AtomicReference<>();
    return (request, processing) -> {
      if (first.get() == null) {
        first.compareAndSet(null, processing.get());
      }
      return new Answer(first.get());
    };
  }

  public Fault trickle(Duration pause) {
    return (request, processing) -> {
      HttpResponse response = processing.get();
      return new StreamedAnswer(
          response.plus("Content-Length", Integer.toString(response.body().length)),
          Bodies.trickle(response.body(), PORTION, () -> work.hold(pause)));
    };
  }

  public static Fault blank(long bytes) {
    return streamed(
        response -> response.plus("Content-Length", Long.toString(bytes)), Bodies.blank(bytes));
  }

  public static Fault endless() {
    return streamed(response -> response.plus("Transfer-Encoding", "chunked"), Bodies.endless());
  }

  public static Fault gzip(long bytes) {
    return streamed(
        response -> response.plus("Content-Encoding", "gzip").plus("Transfer-Encoding", "chunked"),
        Bodies.gzip(bytes));
  }

  private static Fault streamed(
      Function<HttpResponse, HttpResponse> announcement, BodyWriter body) {
    return (request, processing) -> new StreamedAnswer(announcement.apply(processing.get()), body);
  }

  public static HttpResponse lowerCaseNames(HttpResponse response) {
    Headers headers = Headers.NONE;
    for (Header field : response.headers().fields()) {
      headers = headers.plus(field.name().toLowerCase(Locale.ROOT), field.value());
    }
    return new HttpResponse(response.status(), headers, response.body());
  }

  /** All fields of a name in one, as RFC 9110 §5.3 lets any proxy do it. */
  public static HttpResponse joined(HttpResponse response, String name) {
    List<String> values = response.headers().all(name);
    return values.isEmpty()
        ? response
        : response.without(name).plus(name, String.join(", ", values));
  }
}
