package io.autotls.testing.ca.internal.acme;

import io.autotls.testing.ca.Endpoint;
import io.autotls.testing.ca.internal.http.HttpHandler;
import io.autotls.testing.ca.internal.http.HttpRequest;
import io.autotls.testing.ca.internal.http.HttpResponse;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;

/** Records requests, dates responses, and lets planned faults happen. */
public final class FrontDoor implements HttpHandler {
  // RFC_1123_DATE_TIME writes days without a leading zero, which IMF-fixdate requires.
  private static final DateTimeFormatter IMF_FIXDATE =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private final AcmeService service;
  private final FaultPlan faults;
  private final RequestLog log;
  private final InstantSource time;

  public FrontDoor(AcmeService service, FaultPlan faults, RequestLog log, InstantSource time) {
    this.service = service;
    this.faults = faults;
    this.log = log;
    this.time = time;
  }

  @Override
  public Outcome handle(HttpRequest request) throws InterruptedException {
    Endpoint endpoint = AcmeService.endpoint(request);
    int number = log.begin(request, endpoint);
    Optional<FaultPlan.Fault> fault = faults.next(endpoint);
    Outcome outcome =
        fault.isPresent()
            ? fault.get().apply(request, () -> process(request))
            : new Answer(process(request));
    if (outcome instanceof Answer answer) {
      log.complete(number, answer.response());
    } else if (outcome instanceof CutAnswer cut) {
      log.complete(number, cut.response());
    }
    return outcome;
  }

  private HttpResponse process(HttpRequest request) {
    return service.handle(request).plus("Date", IMF_FIXDATE.format(time.instant()));
  }
}
