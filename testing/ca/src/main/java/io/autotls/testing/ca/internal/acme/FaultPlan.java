package io.autotls.testing.ca.internal.acme;

import io.autotls.testing.ca.Endpoint;
import io.autotls.testing.ca.internal.http.HttpHandler.Outcome;
import io.autotls.testing.ca.internal.http.HttpRequest;
import io.autotls.testing.ca.internal.http.HttpResponse;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** Faults that wait for their request. */
public final class FaultPlan {
  /** What happens instead of, or around, the processing of a request. */
  @FunctionalInterface
  public interface Fault {
    Outcome apply(HttpRequest request, Supplier<HttpResponse> processing)
        throws InterruptedException;
  }

  /** Which requests a fault concerns, apart from their number. */
  public record Scope(Set<Endpoint> endpoints, Predicate<RequestLog.Entry> condition) {
    public Scope {
      endpoints = Set.copyOf(endpoints);
    }

    boolean covers(RequestLog.Entry request) {
      return endpoints.contains(request.endpoint()) && condition.test(request);
    }
  }

  /** How often: after {@code skip} requests, {@code times} times, and not later than the end. */
  public record Span(int skip, int times, Instant end) {
    /** As a number of times: until the plan is cleared, or the end has come. */
    public static final int FOR_EVER = Integer.MAX_VALUE;
  }

  private static final class Planned {
    private final Scope scope;
    private final Fault fault;
    private final Instant end;
    private int skip;
    private int times;

    Planned(Scope scope, Span span, Fault fault) {
      this.scope = scope;
      this.fault = fault;
      this.end = span.end();
      this.skip = span.skip();
      this.times = span.times();
    }

    boolean isLasting() {
      return times == Span.FOR_EVER;
    }
  }

  private final List<Planned> plan = new ArrayList<>();

  public synchronized void add(Scope scope, Span span, Fault fault) {
    plan.add(new Planned(scope, span, fault));
  }

  public synchronized void clear() {
    plan.clear();
  }

  /**
   * The fault for a request: the one that was planned first, among those which are counted if there
   * are any, else among those which last.
   */
  synchronized Optional<Fault> next(RequestLog.Entry request) {
    plan.removeIf(planned -> !request.at().isBefore(planned.end));
    Planned chosen = null;
    for (Planned planned : plan) {
      if (!planned.scope.covers(request)) {
        continue;
      }
      if (planned.skip > 0) {
        planned.skip--;
      } else if (chosen == null || chosen.isLasting() && !planned.isLasting()) {
        chosen = planned;
      }
    }
    if (chosen == null) {
      return Optional.empty();
    }
    if (!chosen.isLasting()) {
      chosen.times--;
    }
    if (chosen.times == 0) {
      plan.remove(chosen);
    }
    return Optional.of(chosen.fault);
  }
}
