package io.autotls.internal.maintenance;

import io.autotls.AutoTlsEvent;
import io.autotls.Problem;
import io.autotls.internal.events.Messages;
import io.autotls.internal.issuance.CertificateRepository;
import io.autotls.internal.issuance.ClockComparison;
import io.autotls.internal.issuance.IssuerSelection;
import io.autotls.internal.issuance.ManagedCertificate;
import io.autotls.internal.issuance.NodeFailure;
import io.autotls.internal.issuance.NodeServices;
import io.autotls.internal.queue.Priority;
import io.autotls.internal.queue.Resource;
import io.autotls.internal.queue.Schedule;
import io.autotls.internal.queue.Task;
import io.autotls.internal.record.CertificateRecord;
import io.autotls.internal.record.Generation;
import io.autotls.internal.record.Job;
import io.autotls.internal.record.RecordStore;
import io.autotls.internal.record.RenewalPlan;
import io.autotls.internal.record.RenewalPolicy;
import io.autotls.internal.record.RetryPolicy;
import io.autotls.internal.text.Moments;
import io.autotls.internal.time.Due;
import io.autotls.spi.ConflictException;
import io.autotls.spi.Issuer;
import io.autotls.spi.IssuerException;
import io.autotls.spi.RenewalWindow;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the issuer of one certificate when it would like the renewal (RFC 9773), as often as the
 * issuer wants to be asked, and stores the answer for all nodes.
 *
 * <p>This is optional work. It has its own priority, its own few workers, and takes no lease, so
 * that an issuer that hangs here delays no renewal. Instead of it, whoever is going to ask writes
 * first when to ask next; all other nodes then see that there is nothing to ask.
 *
 * <p>It never writes while an attempt is under way. Each of its writes names the version of a
 * record without an attempt, and an attempt is stored before its first step: so no step that the CA
 * has heard of can meet a conflict with this.
 */
public final class RenewalInfoPoller implements Task {
  private static final Logger log = LoggerFactory.getLogger(RenewalInfoPoller.class);

  private static final Duration LEAST = Duration.ofMinutes(1);
  private static final Duration MOST = RenewalPolicy.LONGEST_PAUSE_OF_INQUIRIES;

  private final ManagedCertificate managed;
  private final Shared shared;

  /**
   * What all of them share on a node.
   *
   * @param replanned called when the next renewal is due at another time
   */
  public record Shared(
      NodeServices node,
      CertificateRepository repository,
      IssuerSelection issuers,
      ClockComparison clocks,
      RetryPolicy retries,
      Consumer<ManagedCertificate> replanned) {}

  /** The record as it is stored while the question is asked. */
  private record Claim(RecordStore.Text text, RenewalPlan renewal) {}

  public RenewalInfoPoller(ManagedCertificate managed, Shared shared) {
    this.managed = managed;
    this.shared = shared;
  }

  /** When to ask; null while there is nothing to ask about. */
  public @Nullable Schedule schedule() {
    CertificateRecord record = managed.record().orElse(null);
    if (record == null || record.current() == null || record.renewal() == null) {
      return null;
    }
    return new Schedule(
        Due.at(record.renewal().askAt()),
        Priority.ARI,
        Resource.inquiries(record.current().issuerId()));
  }

  @Override
  public @Nullable Schedule run() {
    Schedule planned = schedule();
    if (planned == null || managed.isRetired()) {
      return null; // put in the queue again with the next certificate
    }
    if (planned.due().isAfter(shared.node().time().instant())) {
      return planned; // another node has asked meanwhile
    }
    try {
      return ask(planned);
    } catch (IOException | RuntimeException e) {
      log.debug("{}: the inquiry failed", managed.spec(), e); // optional: the lifetime decides
      return planned.at(shared.node().time().instant().plus(shared.retries().inquiry(1)));
    }
  }

  private @Nullable Schedule ask(Schedule planned) throws IOException {
    RecordStore.Text text = shared.repository().text(managed).orElse(null);
    if (text == null) {
      return null;
    }
    CertificateRecord record = managed.recordAt(text.version()).orElse(null);
    Instant now = shared.node().time().instant();
    Schedule next = schedule();
    if (next == null || next.due().isAfter(now)) {
      return next;
    }
    if (record == null) {
      return planned.at(now.plus(shared.retries().inquiry(1))); // it is being written
    }
    if (record.current() == null || record.renewal() == null) {
      return null;
    }
    if (isBeingReplaced(record, record.current(), now)) {
      return planned.at(now.plus(shared.retries().inquiry(1)));
    }
    Issuer issuer = shared.issuers().find(managed.spec(), record.current().issuerId()).orElse(null);
    return issuer == null
        ? planned.at(now.plus(MOST))
        : ask(claimed(text, record.renewal(), now), record.current(), issuer);
  }

  /**
   * Whether an attempt is under way, or is about to be. The latter is so as well for what could be
   * saved from a record that was damaged: only the worker may write over that one.
   */
  private static boolean isBeingReplaced(
      CertificateRecord record, Generation current, Instant now) {
    return record.job().isUnderWay()
        || record.job().phase() == Job.Phase.TO_BE_OBTAINED
        || !current.isAlive(now);
  }

  /**
   * Stores that the question is asked: of the nodes that want to, one succeeds. If it dies before
   * it has the answer, nobody asks for a day, and nothing else is lost.
   */
  private Claim claimed(RecordStore.Text text, RenewalPlan before, Instant now) throws IOException {
    RenewalPlan renewal =
        before.askingAt(now.plus(LEAST).plus(spread(MOST)), before.failedInquiries());
    return new Claim(shared.repository().replan(managed, text, renewal), renewal);
  }

  private @Nullable Schedule ask(Claim claim, Generation current, Issuer issuer)
      throws IOException {
    try {
      Optional<RenewalWindow> window = issuer.renewalWindow(current.credential().leaf());
      if (window.isPresent()) {
        note(claim, current, window.get());
      } // else it makes no suggestions, and is asked again when the claim ends
    } catch (IssuerException e) {
      failed(claim, e, e.retryAfter());
    } catch (ConflictException e) {
      throw e; // the answer is there, but the record has changed: that is no failure of the issuer
    } catch (IOException e) {
      failed(claim, e, Optional.empty());
    } catch (Throwable e) { // also an Error of a plug-in
      failed(claim, e, Optional.empty());
      unforeseen(claim, e);
    }
    return schedule();
  }

  private void note(Claim claim, Generation current, RenewalWindow answer) throws IOException {
    Instant now = shared.node().time().instant();
    RenewalPlan before = claim.renewal();
    RenewalPlan.Window window =
        new RenewalPlan.Window(answer.start(), answer.end(), answer.explanation().orElse(null));
    if (window.hasPassed(now) && !window.hasPassed(shared.clocks().now(current))) {
      return; // only our clock is ahead of it, and that is no sign of a revocation
    }
    Instant askAt = askAt(claim, now, clamped(answer.askAgainAfter()));
    RenewalPlan after = RenewalPolicy.suggested(before, current, window, askAt, now);
    if (after.equals(before)) {
      return; // as nearly always, and it is stored already
    }
    shared.repository().replan(managed, claim.text(), after);
    shared.replanned().accept(managed);
    if (!after.at().equals(before.at()) || before.window() == null) {
      shared
          .node()
          .events()
          .tell(
              new AutoTlsEvent.RenewalScheduled(
                  now, managed.spec(), after.at(), after.because().text(), window.explanation()));
    }
  }

  /** When to ask again: as it was claimed, if that is about what the issuer wants. */
  private Instant askAt(Claim claim, Instant now, Duration pause) {
    Instant claimed = claim.renewal().askAt();
    Instant earliest = now.plus(pause);
    Instant latest = earliest.plus(LEAST).plus(pause.dividedBy(10));
    boolean fits = !claimed.isBefore(earliest) && !claimed.isAfter(latest);
    return fits ? claimed : now.plus(spread(pause));
  }

  /** Optional as this is, people hear that it does not work: once, and until it does. */
  private void unforeseen(Claim claim, Throwable e) {
    log.error(
        "{}: an inquiry failed in a way that nobody foresaw; for a report:", managed.spec(), e);
    Instant next = managed.record().map(r -> r.renewal()).map(RenewalPlan::askAt).orElseThrow();
    Problem problem =
        new Problem(
            shared.node().time().instant(),
            "To ask when to renew failed in a way that nobody foresaw: " + Messages.failure(e),
            "the lifetime of the certificate decides; it is asked again at "
                + Moments.seconds(next)
                + ".",
            next,
            Messages.REPORT);
    managed.failed(new NodeFailure(NodeFailure.Kind.ASIDE, problem));
    if (claim.renewal().failedInquiries() == 0) {
      shared
          .node()
          .events()
          .tell(new AutoTlsEvent.Failed(shared.node().time().instant(), managed.spec(), problem));
    }
  }

  private void failed(Claim claim, Throwable e, Optional<Duration> retryAfter) throws IOException {
    log.debug("{}: no answer to the inquiry", managed.spec(), e);
    if (shared.node().shutdown().isBegun()) {
      return; // the claim ends by itself
    }
    RenewalPlan before = claim.renewal();
    int failures = before.failedInquiries();
    Duration own = shared.retries().inquiry(failures);
    Duration pause =
        retryAfter.map(RenewalInfoPoller::clamped).filter(d -> d.compareTo(own) > 0).orElse(own);
    RenewalPlan after = before.askingAt(shared.node().time().instant().plus(pause), failures + 1);
    shared.repository().replan(managed, claim.text(), after);
  }

  /**
   * Never before the time that was asked for; up to a tenth later, so that not all come at once.
   */
  private Duration spread(Duration pause) {
    return pause.plusMillis((long) (pause.toMillis() * shared.node().random().nextDouble() / 10));
  }

  private static Duration clamped(Duration asked) {
    return asked.compareTo(LEAST) < 0 ? LEAST : asked.compareTo(MOST) > 0 ? MOST : asked;
  }
}
