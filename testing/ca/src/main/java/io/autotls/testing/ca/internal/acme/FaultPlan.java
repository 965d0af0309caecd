package io.autotls.testing.ca.internal.acme;

import io.autotls.testing.ca.Endpoint;
import io.autotls.testing.ca.internal.http.HttpHandler.Outcome;
import io.autotls.testing.ca.internal.http.HttpRequest;
import io.autotls.testing.ca.internal.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** Faults that wait for their request. */
public final class FaultPlan {
  /** What happens instead of, or around, the processing of a request. */
  @FunctionalInterface
  public interface Fault {
    Outcome apply(HttpRequest request, Supplier<HttpResponse> processing)
        throws InterruptedException;
  }

  private static final class Planned {
    private final Set<Endpoint> endpoints;
    private final Fault fault;
    private int skip;
    private int times;

    Planned(Set<Endpoint> endpoints, int skip, int times, Fault fault) {
      this.endpoints = endpoints;
      this.skip = skip;
      this.times = times;
      this.fault = fault;
    }
  }

  private final List<Planned> plan = new ArrayList<>();

  public synchronized void add(Set<Endpoint> endpoints, int skip, int times, Fault fault) {
    plan.add(new Planned(Set.copyOf(endpoints), skip, times, fault));
  }

  public synchronized void clear() {
    plan.clear();
  }

  /** The fault for the next request to this endpoint: the one that was planned first. */
  synchronized Optional<Fault> next(Endpoint endpoint) {
    Planned chosen = null;
    for (Planned planned : plan) {
      if (!planned.endpoints.contains(endpoint)) {
        continue;
      }
      if (planned.skip > 0) {
        planned.skip--;
      } else if (chosen == null) {
        chosen = planned;
      }
    }
    if (chosen == null) {
      return Optional.empty();
    }
    chosen.times--;
    if (chosen.times == 0) {
      plan.remove(chosen);
    }
    return Optional.of(chosen.fault);
  }
}
