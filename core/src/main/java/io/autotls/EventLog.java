package io.autotls;

import io.autotls.internal.text.ClockDifference;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes every event to the log, once, in words that help at three in the morning. */
final class EventLog implements Consumer<AutoTlsEvent> {
  private static final Logger log = LoggerFactory.getLogger(AutoTls.class);

  @Override
  public void accept(AutoTlsEvent event) {
    CertificateSpec spec = event.spec();
    if (event instanceof AutoTlsEvent.Issued issued) {
      log.info(
          "{}: new certificate from {}, in service now, valid until {}.",
          spec,
          issued.issuer(),
          seconds(issued.notAfter()));
    } else if (event instanceof AutoTlsEvent.Loaded loaded) {
      log.info(
          "{}: stored certificate in service, valid until {}.", spec, seconds(loaded.notAfter()));
    } else if (event instanceof AutoTlsEvent.RenewalScheduled scheduled) {
      log.info(
          "{}: will be renewed at {}, because {}{}.",
          spec,
          seconds(scheduled.renewAt()),
          scheduled.reason(),
          scheduled.explanation().map(page -> " (" + page + ")").orElse(""));
    } else if (event instanceof AutoTlsEvent.Removed removed) {
      log.info(
          "{}: not wanted any more, still served until {}.", spec, seconds(removed.servedUntil()));
    } else if (event instanceof AutoTlsEvent.Revoked revoked) {
      log.info(
          "{}: {} revoked the certificate with the serial number {} ({}); another one is in service.",
          spec,
          revoked.issuer(),
          revoked.serialNumber(),
          revoked.reason());
    } else if (!(event instanceof AutoTlsEvent.Blocked)) { // the engine has one line for all
      warn(event, spec);
    }
  }

  private static void warn(AutoTlsEvent event, CertificateSpec spec) {
    if (event instanceof AutoTlsEvent.Failed failed) {
      log.warn("{}: {}", spec, failed.problem());
    } else if (event instanceof AutoTlsEvent.IssuerSwitched switched) {
      log.warn("{}: {} is asked now, in place of {}.", spec, switched.to(), switched.from());
    } else if (event instanceof AutoTlsEvent.IssuerDown down) {
      log.warn(
          "{} is unwell: {} Next: all certificates wait, one at a time looks whether it is back. To"
              + " do: nothing, if it passes.",
          down.issuer(),
          down.reason());
    } else if (event instanceof AutoTlsEvent.IssuerBack back) {
      log.info("{} answers again; whatever waited goes on.", back.issuer());
    } else if (event instanceof AutoTlsEvent.ClockDiffers clock) {
      log.warn(
          "{} Next: what is in service stays; times are told by this clock until it is set. To do: set"
              + " the clock of this machine, for example by NTP.",
          ClockDifference.sentence(clock.ahead(), clock.issuer()));
    } else if (event instanceof AutoTlsEvent.ClockAgrees clock) {
      log.info("This machine's clock agrees with that of {} again.", clock.issuer());
    } else if (event instanceof AutoTlsEvent.NodeClockDiffers clock) {
      log.warn(
          "{} Next: certificates are served and renewed all the same. To do: {}",
          ClockDifference.ofWriter(clock.ahead(), clock.suspect()),
          ClockDifference.advice(clock.suspect()));
    } else if (event instanceof AutoTlsEvent.NamesLeftOut left) {
      log.warn(
          "{}: {} failed repeatedly. Next: a certificate for {} alone is obtained, and the whole one"
              + " is still tried. To do: mend what is wrong with {}, or ask for it no longer.",
          spec,
          String.join(", ", left.leftOut()),
          left.others(),
          String.join(", ", left.leftOut()));
    } else if (event instanceof AutoTlsEvent.NotYetValid early) {
      log.warn(
          "{}: the new certificate from {} is not valid before {}. Next: the one before is served"
              + " until then. To do: look at the clock of this machine; if it is right, tell the CA.",
          spec,
          early.issuer(),
          seconds(early.notBefore()));
    } else if (event instanceof AutoTlsEvent.Expiring expiring) {
      log.warn(
          "{}: the certificate ends at {}, and there is no new one: {}",
          spec,
          seconds(expiring.notAfter()),
          expiring.reason());
    }
  }

  /** Nobody wants to read more digits. */
  private static Instant seconds(Instant instant) {
    return instant.truncatedTo(ChronoUnit.SECONDS);
  }
}
