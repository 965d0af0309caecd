package io.autotls.testing.ca;

import io.autotls.testing.ca.internal.acme.CaClock;
import io.autotls.testing.ca.internal.acme.FaultPlan;
import io.autotls.testing.ca.internal.acme.FaultPlan.Fault;
import io.autotls.testing.ca.internal.acme.FaultPlan.Scope;
import io.autotls.testing.ca.internal.acme.FaultPlan.Span;
import io.autotls.testing.ca.internal.acme.Faults;
import io.autotls.testing.ca.internal.http.Headers;
import io.autotls.testing.ca.internal.http.HttpResponse;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * Says how the CA misbehaves at some endpoints: for which requests, how often, then how.
 *
 * <pre>{@code
 * ca.on(Endpoint.NEW_ORDER).fail(503, "serverInternal", "try later", "Retry-After", "120");
 * ca.on(Endpoint.FINALIZE).times(2).dropAfterProcessing();
 * ca.on(Endpoint.ORDER).skip(1).answer(502, "text/html", "<h1>Bad Gateway</h1>");
 * ca.on(Endpoint.DIRECTORY).lasting(Duration.ofHours(1)).answer(404, "text/html", "gone");
 * ca.on(Endpoint.NEW_NONCE).when(request -> request.method().equals("HEAD")).fail(405, …);
 * ca.onEach().fail(ProblemDocument.unavailable(Duration.ofSeconds(1)));
 * }</pre>
 *
 * <p>Without {@link #skip}, {@link #times}, {@link #lasting} and {@link #always} it concerns the
 * next request, once. Several faults wait in line, and each request meets one at most: the first
 * that was scripted, those which are counted before those which last. {@link TestCa#heal()} removes
 * all that wait. Headers are given as names and values in turn.
 */
public final class FaultScript {
  private final FaultPlan plan;
  private final List<Set<Endpoint>> endpoints;
  private final Tools tools;
  private Predicate<RecordedRequest> condition = request -> true;
  private int skip;
  private int times = 1;
  private Instant end = Instant.MAX;

  /** What faults work with. */
  record Tools(Faults faults, CaClock clock) {}

  /** One fault is planned for each of the sets. */
  FaultScript(FaultPlan plan, List<Set<Endpoint>> endpoints, Tools tools) {
    this.plan = plan;
    this.endpoints = endpoints;
    this.tools = tools;
  }

  /** Concerns only such requests; others are not counted. They have no response yet. */
  public FaultScript when(Predicate<RecordedRequest> requests) {
    this.condition = requests;
    return this;
  }

  /** Lets this many requests pass first. None unless set. */
  public FaultScript skip(int requests) {
    this.skip = (int) atLeast("requests to skip", requests, 0);
    return this;
  }

  /** Concerns this many requests in a row. One unless set. */
  public FaultScript times(int requests) {
    this.times = (int) atLeast("times", requests, 1);
    return this;
  }

  /** Concerns all requests until {@link TestCa#heal()}. */
  public FaultScript always() {
    this.times = Span.FOR_EVER;
    return this;
  }

  /** Concerns all requests from now on for this long, on the clock of the test. */
  public FaultScript lasting(Duration time) {
    this.end = tools.clock().trueInstant().plus(time);
    return always();
  }

  /**
   * Refuses the request with a problem document instead of processing it.
   *
   * @param type such as {@code rateLimited}; the URN's prefix is added
   * @param headers names and values; a fresh nonce is added for a POST
   */
  public void fail(int status, String type, String detail, String... headers) {
    Headers fields = Headers.of(headers);
    Supplier<HttpResponse> problem = problem(ProblemDocument.of(status, type, detail));
    add(tools.faults().refusal(() -> problem.get().with(fields)));
  }

  /** Refuses the request with this problem instead of processing it; a POST gets a nonce. */
  public void fail(ProblemDocument problem) {
    add(tools.faults().refusal(problem(problem)));
  }

  /** Refuses the request with this problem, and forgets the nonce that RFC 8555 §6.5 requires. */
  public void failWithoutNonce(ProblemDocument problem) {
    add(tools.faults().refusalWithoutNonce(problem(problem)));
  }

  private Supplier<HttpResponse> problem(ProblemDocument problem) {
    return () -> problem.toResponse(tools.clock().instant());
  }

  /** Answers with exactly this, without a nonce, instead of processing the request. */
  public void answer(int status, String contentType, String body, String... headers) {
    add(Faults.answer(HttpResponse.of(status, contentType, body).with(Headers.of(headers))));
  }

  /** Sends the client elsewhere instead of processing the request, such as with 307. */
  public void redirect(int status, URI target) {
    add(Faults.answer(HttpResponse.empty(status).plus("Location", target.toString())));
  }

  /** Processes the request, then changes the body of the response. */
  public void rewriteBody(UnaryOperator<String> change) {
    add(Faults.changed(response -> response.withBody(change.apply(response.text()))));
  }

  /**
   * Processes the request, then changes the JSON object of the response: maps, lists, strings,
   * longs, doubles, booleans, and null. {@link JsonRewrite} has the usual changes.
   */
  public void rewriteJson(UnaryOperator<Map<String, Object>> change) {
    add(Faults.changedJson(change));
  }

  /**
   * Processes the request, then sets headers of the response, replacing those of the same names.
   */
  public void setHeaders(String... headers) {
    Headers fields = Headers.of(headers);
    add(Faults.changed(response -> response.with(fields)));
  }

  /** Processes the request, then adds a header beside those of the same name. */
  public void addHeader(String name, String value) {
    add(Faults.changed(response -> response.plus(name, value)));
  }

  /** Processes the request, then removes a header of the response. */
  public void removeHeader(String name) {
    add(Faults.changed(response -> response.without(name)));
  }

  /** Processes the request, then writes the names of all headers in lower case, as HTTP/2 does. */
  public void lowerCaseHeaders() {
    add(Faults.changed(Faults::lowerCaseNames));
  }

  /** Processes the request, then joins all headers of a name into one, separated by commas. */
  public void joinHeaders(String name) {
    add(Faults.changed(response -> Faults.joined(response, name)));
  }

  /** Resets the connection after the request was read; the request is not processed. */
  public void dropConnection() {
    add(Faults.reset());
  }

  /** Processes the request and resets the connection: the client does not know that it worked. */
  public void dropAfterProcessing() {
    add(Faults.resetAfterwards());
  }

  /** Processes the request, and closes the connection after this many bytes of the body. */
  public void cutBody(int bytes) {
    add(Faults.cut((int) atLeast("bytes", bytes, 0)));
  }

  /** Processes the request when the delay has passed on the CA's {@link Scheduler}. */
  public void delay(Duration delay) {
    add(Faults.delay(delay));
  }

  /** Never answers; the connection stays open until the CA is closed. */
  public void hang() {
    add(Faults.silence());
  }

  /**
   * Processes the request, and sends the body byte by byte with this pause before each, on the CA's
   * {@link Scheduler}: no read times out, yet the whole takes for ever.
   */
  public void trickle(Duration pause) {
    add(tools.faults().trickle(pause));
  }

  /** Processes the request, and sends a body of this many spaces instead of the right one. */
  public void hugeBody(long bytes) {
    add(Faults.blank(atLeast("bytes", bytes, 0)));
  }

  /** Processes the request, and sends a body which does not end before the client closes. */
  public void endlessBody() {
    add(Faults.endless());
  }

  /** Processes the request, and sends a small gzip stream that unpacks to this many bytes. */
  public void gzipBomb(long bytes) {
    add(Faults.gzip(atLeast("bytes", bytes, 0)));
  }

  /**
   * Processes the request twice and sends the second answer, as a proxy that repeats what it thinks
   * lost. A POST worked, but its nonce is used up: the client sees {@code badNonce}.
   */
  public void processTwice() {
    add(Faults.processedTwice());
  }

  /**
   * Processes the request once and sends the answer twice: a client that keeps the connection must
   * not take the second for the answer to its next request.
   */
  public void answerTwice() {
    add(Faults.answeredTwice());
  }

  /** Processes the first request, and gives its answer to all others too, as a cache does. */
  public void cacheAnswer() {
    add(Faults.cached());
  }

  /**
   * Processes the next requests as they come, but holds the answers until this many are there, and
   * sends the last one first. They must arrive at the same time, each on its connection.
   */
  public void reorder(int requests) {
    times((int) atLeast("requests", requests, 2));
    add(Faults.reordering(requests));
  }

  private static long atLeast(String what, long number, long min) {
    if (number < min) {
      throw new IllegalArgumentException(what + " must be " + min + " or more: " + number);
    }
    return number;
  }

  private void add(Fault fault) {
    for (Set<Endpoint> set : endpoints) {
      Scope scope = new Scope(set, entry -> condition.test(new RecordedRequest(entry)));
      plan.add(scope, new Span(skip, times, end), fault);
    }
  }
}
