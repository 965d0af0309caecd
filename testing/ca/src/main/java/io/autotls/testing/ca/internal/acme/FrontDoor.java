package io.autotls.testing.ca.internal.acme;

import io.autotls.testing.ca.internal.http.HttpHandler;
import io.autotls.testing.ca.internal.http.HttpRequest;
import io.autotls.testing.ca.internal.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;

/** Records requests, and lets planned faults happen. */
public final class FrontDoor implements HttpHandler {
  private final AcmeService service;
  private final FaultPlan faults;
  private final RequestLog log;
  private final Work work;

  public FrontDoor(AcmeService service, FaultPlan faults, RequestLog log, Work work) {
    this.work = work;
    this.service = service;
    this.faults = faults;
    this.log = log;
  }

  /** Lets time pass, or notes that it has to. */
  @FunctionalInterface
  public interface Waiting {
    void pass(Duration delay) throws InterruptedException;
  }

  @Override
  public Outcome handle(HttpRequest request) throws InterruptedException {
    return handle(request, work::hold);
  }

  public Outcome handle(HttpRequest request, Waiting waiting) throws InterruptedException {
    RequestLog.Entry entry = log.begin(request, AcmeService.endpoint(request));
    Optional<FaultPlan.Fault> fault = faults.next(entry);
    Outcome outcome =
        fault.isPresent()
            ? fault.get().apply(request, () -> service.handle(request))
            : new Answer(service.handle(request));
    if (outcome instanceof Delayed delayed) {
      waiting.pass(delayed.delay());
      outcome = delayed.outcome().get();
    }
    answer(outcome).ifPresent(response -> log.complete(entry, response));
    return outcome;
  }

  private static Optional<HttpResponse> answer(Outcome outcome) {
    if (outcome instanceof Answer answer) {
      return Optional.of(answer.response());
    } else if (outcome instanceof ToldAnswer told) {
      return Optional.of(told.response());
    } else if (outcome instanceof CutAnswer cut) {
      return Optional.of(cut.response());
    } else if (outcome instanceof TwiceAnswered twice) {
      return Optional.of(twice.response());
    } else if (outcome instanceof StreamedAnswer streamed) {
      return Optional.of(streamed.response());
    }
    return Optional.empty();
  }
}
