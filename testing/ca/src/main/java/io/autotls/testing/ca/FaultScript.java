package io.autotls.testing.ca;

import io.autotls.testing.ca.internal.acme.AcmeService;
import io.autotls.testing.ca.internal.acme.FaultPlan;
import io.autotls.testing.ca.internal.acme.FaultPlan.Fault;
import io.autotls.testing.ca.internal.acme.Problem;
import io.autotls.testing.ca.internal.acme.Work;
import io.autotls.testing.ca.internal.http.Headers;
import io.autotls.testing.ca.internal.http.HttpHandler.Answer;
import io.autotls.testing.ca.internal.http.HttpHandler.CutAnswer;
import io.autotls.testing.ca.internal.http.HttpHandler.Reset;
import io.autotls.testing.ca.internal.http.HttpResponse;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.function.UnaryOperator;

/**
 * Says how the CA misbehaves at some endpoints: how often, then how.
 *
 * <pre>{@code
 * ca.on(Endpoint.NEW_ORDER).fail(503, "serverInternal", "try later", "Retry-After", "120");
 * ca.on(Endpoint.FINALIZE).times(2).dropAfterProcessing();
 * ca.on(Endpoint.ORDER).skip(1).answer(502, "text/html", "<h1>Bad Gateway</h1>");
 * }</pre>
 *
 * <p>Without {@link #skip} and {@link #times} it concerns the next request, once. Several faults
 * wait in line: each request meets one at most, the one that was scripted first. {@link
 * TestCa#heal()} removes all that wait. Headers are given as names and values in turn.
 */
public final class FaultScript {
  private final FaultPlan plan;
  private final Set<Endpoint> endpoints;
  private final AcmeService service;
  private final Work work;
  private int skip;
  private int times = 1;

  FaultScript(FaultPlan plan, Set<Endpoint> endpoints, AcmeService service, Work work) {
    this.plan = plan;
    this.endpoints = endpoints;
    this.service = service;
    this.work = work;
  }

  /** Lets this many requests pass first. None unless set. */
  public FaultScript skip(int requests) {
    if (requests < 0) {
      throw new IllegalArgumentException("requests to skip must not be negative: " + requests);
    }
    this.skip = requests;
    return this;
  }

  /** Concerns this many requests in a row. One unless set. */
  public FaultScript times(int requests) {
    if (requests < 1) {
      throw new IllegalArgumentException("times must be positive: " + requests);
    }
    this.times = requests;
    return this;
  }

  /** Concerns all requests until {@link TestCa#heal()}. */
  public FaultScript always() {
    this.times = Integer.MAX_VALUE;
    return this;
  }

  /**
   * Refuses the request with a problem document instead of processing it.
   *
   * @param type such as {@code rateLimited}; the URN's prefix is added
   * @param headers names and values; a fresh nonce is added for a POST
   */
  public void fail(int status, String type, String detail, String... headers) {
    Headers fields = Headers.of(headers);
    HttpResponse response = Problem.of(status, type, detail).toResponse();
    add(
        (request, processing) -> {
          HttpResponse refusal =
              request.method().equals("POST")
                  ? response.plus("Replay-Nonce", service.nextNonce())
                  : response;
          return new Answer(refusal.with(fields));
        });
  }

  /** Answers with exactly this, without a nonce, instead of processing the request. */
  public void answer(int status, String contentType, String body, String... headers) {
    HttpResponse response = HttpResponse.of(status, contentType, body).with(Headers.of(headers));
    add((request, processing) -> new Answer(response));
  }

  /** Processes the request, then changes the body of the response. */
  public void rewriteBody(UnaryOperator<String> change) {
    add(
        (request, processing) -> {
          HttpResponse response = processing.get();
          return new Answer(response.withBody(change.apply(response.text())));
        });
  }

  /**
   * Processes the request, then sets headers of the response, replacing those of the same names.
   */
  public void setHeaders(String... headers) {
    Headers fields = Headers.of(headers);
    add((request, processing) -> new Answer(processing.get().with(fields)));
  }

  /** Processes the request, then removes a header of the response. */
  public void removeHeader(String name) {
    add((request, processing) -> new Answer(processing.get().without(name)));
  }

  /** Resets the connection; the request is not processed. */
  public void dropConnection() {
    add((request, processing) -> new Reset());
  }

  /** Processes the request and resets the connection: the client does not know that it worked. */
  public void dropAfterProcessing() {
    add(
        (request, processing) -> {
          processing.get();
          return new Reset();
        });
  }

  /** Processes the request, and closes the connection after this many bytes of the body. */
  public void cutBody(int bytes) {
    if (bytes < 0) {
      throw new IllegalArgumentException("bytes must not be negative: " + bytes);
    }
    add((request, processing) -> new CutAnswer(processing.get(), bytes));
  }

  /** Processes the request when the delay has passed on the CA's {@link Scheduler}. */
  public void delay(Duration delay) {
    add(
        (request, processing) -> {
          work.hold(delay);
          return new Answer(processing.get());
        });
  }

  /** Never answers; the connection stays open until the CA is closed. */
  public void hang() {
    add(
        (request, processing) -> {
          new CountDownLatch(1).await();
          return new Reset();
        });
  }

  private void add(Fault fault) {
    plan.add(endpoints, skip, times, fault);
  }
}
