package io.autotls.internal.engine;

import io.autotls.AutoTlsEvent;
import io.autotls.spi.Issuer;
import io.autotls.spi.IssuerException;
import io.autotls.spi.RenewalWindow;
import io.autotls.spi.TimeSource;
import io.autotls.tls.Credential;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the issuer of one certificate when it would like the renewal (RFC 9773), as often as the
 * issuer wants to be asked, and stores the answer for all nodes.
 *
 * <p>This is optional work. It has its own lane, its own few workers and its own lease, so that an
 * issuer that hangs here delays no renewal; and it never writes while an attempt is under way.
 */
final class Inquiry implements Agenda.Task {
  private static final Logger log = LoggerFactory.getLogger(Inquiry.class);

  private static final Duration LEAST = Duration.ofMinutes(1);
  private static final Duration MOST = Duration.ofDays(1);

  private final Managed managed;
  private final Desk desk;

  /**
   * What all inquiries of a node share.
   *
   * @param replanned called when the next renewal is due at another time
   */
  record Desk(
      Keeper keeper,
      Leases leases,
      Issuers issuers,
      RetrySchedule retries,
      RandomGenerator random,
      TimeSource time,
      Announcer announcer,
      Consumer<Managed> replanned) {}

  Inquiry(Managed managed, Desk desk) {
    this.managed = managed;
    this.desk = desk;
  }

  /** When to ask; null while there is nothing to ask about. */
  @Nullable Appointment appointment() {
    CertificateRecord record = managed.record().orElse(null);
    if (record == null || record.current() == null || record.renewal() == null) {
      return null;
    }
    return at(record.renewal().askAt(), record.current().issuerId());
  }

  private static Appointment at(Instant instant, String issuer) {
    return new Appointment(instant, Lane.ARI, Health.inquiries(issuer));
  }

  @Override
  public @Nullable Appointment run() {
    Appointment planned = appointment();
    if (planned == null || managed.isRetired()) {
      return null; // put on the agenda again with the next certificate
    }
    if (planned.due().isAfter(desk.time().instant())) {
      return planned; // another node has asked meanwhile
    }
    String what = "renewal-info/" + managed.spec().id();
    try {
      Optional<Leases.Lease> lease = desk.leases().acquire(what);
      if (lease.isEmpty()) {
        return planned.at(desk.time().instant().plus(desk.leases().retryIn(what)));
      }
      try {
        return ask(planned);
      } finally {
        lease.get().release();
      }
    } catch (IOException | RuntimeException e) {
      log.debug("{}: the inquiry failed", managed.spec(), e); // optional: the lifetime decides
      return planned.at(desk.time().instant().plus(desk.retries().inquiry(1)));
    }
  }

  private @Nullable Appointment ask(Appointment planned) throws IOException {
    Records.Stored stored = desk.keeper().read(managed);
    CertificateRecord record = stored.record();
    Instant now = desk.time().instant();
    Appointment next = appointment();
    if (next == null || next.due().isAfter(now)) {
      return next;
    }
    Generation current = record.current();
    if (current == null || record.renewal() == null || stored.damage() != null) {
      return null;
    }
    if (record.job().isUnderWay() || !current.credential().notAfter().isAfter(now)) {
      return planned.at(now.plus(desk.retries().inquiry(1))); // it is being replaced
    }
    Issuer issuer = desk.issuers().find(managed.spec(), current.issuerId()).orElse(null);
    return issuer == null ? planned.at(now.plus(MOST)) : ask(stored, current, issuer);
  }

  private @Nullable Appointment ask(Records.Stored stored, Generation current, Issuer issuer)
      throws IOException {
    try {
      Optional<RenewalWindow> window = issuer.renewalWindow(current.credential().leaf());
      if (window.isEmpty()) {
        // It makes no suggestions. Nothing is stored: the next start may ask again.
        return at(desk.time().instant().plus(MOST), issuer.id());
      }
      note(stored, current.credential(), window.get());
    } catch (IssuerException e) {
      failed(stored, e, e.retryAfter());
    } catch (IOException e) {
      failed(stored, e, Optional.empty());
    }
    return appointment();
  }

  private void note(Records.Stored stored, Credential credential, RenewalWindow answer)
      throws IOException {
    Instant now = desk.time().instant();
    Renewal before = stored.record().renewal();
    Renewal.Window window =
        new Renewal.Window(answer.start(), answer.end(), answer.explanation().orElse(null));
    Instant askAt = now.plus(spread(clamped(answer.askAgainAfter())));
    Renewal after = RenewalSchedule.suggested(before, credential, window, askAt, now);
    desk.keeper().write(managed, stored.record().with(after), stored);
    desk.replanned().accept(managed);
    if (!after.at().equals(before.at()) || before.window() == null) {
      desk.announcer()
          .tell(
              new AutoTlsEvent.RenewalScheduled(
                  now, managed.spec(), after.at(), after.because().text(), window.explanation()));
    }
  }

  private void failed(Records.Stored stored, Exception e, Optional<Duration> retryAfter)
      throws IOException {
    log.debug("{}: no answer to the inquiry", managed.spec(), e);
    Renewal before = stored.record().renewal();
    int failures = before.failedInquiries();
    Duration own = desk.retries().inquiry(failures);
    Duration pause = retryAfter.map(Inquiry::clamped).filter(d -> d.compareTo(own) > 0).orElse(own);
    Renewal after = before.askingAt(desk.time().instant().plus(pause), failures + 1);
    desk.keeper().write(managed, stored.record().with(after), stored);
  }

  /**
   * Never before the time that was asked for; up to a tenth later, so that not all come at once.
   */
  private Duration spread(Duration pause) {
    return pause.plusMillis((long) (pause.toMillis() * desk.random().nextDouble() / 10));
  }

  private static Duration clamped(Duration asked) {
    return asked.compareTo(LEAST) < 0 ? LEAST : asked.compareTo(MOST) > 0 ? MOST : asked;
  }
}
