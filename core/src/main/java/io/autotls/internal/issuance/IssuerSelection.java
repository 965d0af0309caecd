package io.autotls.internal.issuance;

import io.autotls.CertificateSpec;
import io.autotls.Problem;
import io.autotls.internal.cluster.CircuitBreakers;
import io.autotls.internal.queue.Resource;
import io.autotls.internal.record.CertificateRecord;
import io.autotls.internal.record.Generation;
import io.autotls.internal.record.Job;
import io.autotls.internal.record.RenewalPlan;
import io.autotls.internal.record.RenewalPolicy;
import io.autotls.internal.time.Due;
import io.autotls.spi.Issuer;
import io.autotls.spi.Progress.Asks;
import io.autotls.spi.TimeSource;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Whom to ask for which certificate: the issuers in their order, as far as nothing speaks against
 * one. What may: it was asked in vain for this record, and its time has not come; many names find
 * it unwell; or it has nothing to offer. While a certificate works, an issuer whose certificates
 * are good for less would be a step back, and before its renewal is due, only one whose
 * certificates are good for more is worth an order.
 */
public final class IssuerSelection {
  /** So long a first choice is waited for before the second one is asked. */
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private static final int ATTEMPTS_IN_A_ROW = 2;

  /**
   * A certificate of a lesser issuer is replaced after this, for the better one may be well again;
   * and one of an issuer that is not ours after it took the place of one that is.
   */
  private static final Duration OTHER_CHOICE = Duration.ofDays(1);

  private final Function<CertificateSpec, List<Issuer>> configured;
  private final CircuitBreakers breakers;
  private final TimeSource time;

  // What was configured for a spec; the lists are few, and shared.
  private final Map<String, List<Issuer>> bySpec = new ConcurrentHashMap<>();
  private final Map<List<Issuer>, List<Issuer>> lists = new ConcurrentHashMap<>();

  /** Whom to ask next, and not before when. */
  record Choice(Issuer issuer, Due from) {}

  public IssuerSelection(
      Function<CertificateSpec, List<Issuer>> configured,
      CircuitBreakers breakers,
      TimeSource time) {
    this.configured = configured;
    this.breakers = breakers;
    this.time = time;
  }

  /** Who may issue a certificate, in their order. */
  public List<Issuer> of(CertificateSpec spec) {
    return bySpec.computeIfAbsent(
        spec.id(), id -> lists.computeIfAbsent(configured.apply(spec), list -> list));
  }

  /** Whether somebody is configured who may issue a certificate that nobody asked for. */
  public boolean canIssue(CertificateSpec spec) {
    try {
      return !of(spec).isEmpty();
    } catch (RuntimeException e) { // the configuration has no issuer for such names any more
      return false;
    }
  }

  /** A spec is not wanted any more. */
  public void forget(CertificateSpec spec) {
    bySpec.remove(spec.id());
  }

  /** Whether some certificate could come from somebody else as well. */
  public boolean hasRivals(String id) {
    return lists.keySet().stream()
        .anyMatch(
            list -> list.size() > 1 && list.stream().anyMatch(issuer -> issuer.id().equals(id)));
  }

  /** Whether that one may issue a certificate; null is none. */
  boolean isConfigured(CertificateSpec spec, @Nullable String id) {
    return id != null && find(spec, id).isPresent();
  }

  public Optional<Issuer> find(CertificateSpec spec, String id) {
    return of(spec).stream().filter(issuer -> issuer.id().equals(id)).findFirst();
  }

  /** What people call an issuer that may not be configured any more. */
  public String displayName(CertificateSpec spec, String id) {
    return find(spec, id).map(Issuer::displayName).orElse(id);
  }

  /** Whom to ask next; empty if no issuer has anything to offer now. */
  Optional<Choice> choose(CertificateSpec spec, CertificateRecord record, Instant now) {
    Choice best = null;
    boolean early = isEarly(spec, record, now);
    for (Issuer issuer : of(spec)) {
      if (isStepBack(record, issuer, now) || early && !isStepUp(record, issuer)) {
        continue;
      }
      Choice choice = new Choice(issuer, from(record.job(), issuer, now));
      boolean worthWaiting =
          record.job().hold(issuer.id()).attempts() < ATTEMPTS_IN_A_ROW
              && !choice.from().isAfter(now.plus(PATIENCE));
      if (worthWaiting) {
        return Optional.of(best != null && !best.from().isAfter(now) ? best : choice);
      }
      if (best == null || choice.from().isBefore(best.from())) {
        best = choice;
      }
    }
    return Optional.ofNullable(best);
  }

  private static boolean isStepBack(CertificateRecord record, Issuer issuer, Instant now) {
    Generation current = record.current();
    return current != null && current.isBetterThan(issuer.trust(), now);
  }

  private static boolean isStepUp(CertificateRecord record, Issuer issuer) {
    Generation current = record.current();
    return current == null || issuer.trust().compareTo(current.trust()) > 0;
  }

  /** Whether the certificate in service works, and none that is as good is to replace it yet. */
  private boolean isEarly(CertificateSpec spec, CertificateRecord record, Instant at) {
    Generation current = record.current();
    RenewalPlan renewal = record.renewal();
    return current != null
        && current.isAlive(at)
        && record.job().phase() != Job.Phase.TO_BE_OBTAINED // as after damage
        && renewal != null
        && replaceableFrom(spec, current, renewal.replacedYoung(), Due.at(renewal.at()))
            .isAfter(at);
  }

  /**
   * When one that is as good may replace a certificate: at its renewal; at once if its issuer is
   * not configured any more. But if it took the place of one of ours, some node has another
   * configuration, and while that one is rolled out, the two must not take turns all the time.
   */
  private Due replaceableFrom(
      CertificateSpec spec, Generation current, int replacedYoung, Due renewal) {
    if (isConfigured(spec, current.issuerId())) {
      return renewal;
    }
    boolean tookOurs = isConfigured(spec, current.issuerBefore());
    Instant obtained = current.obtainedAt();
    Instant pause = RenewalPolicy.earliest(current, replacedYoung);
    return renewal.notAfter(tookOurs ? later(obtained.plus(OTHER_CHOICE), pause) : pause);
  }

  /** Whether every issuer would be a step back from the certificate in service. */
  boolean areAllStepsBack(CertificateSpec spec, CertificateRecord record, Instant now) {
    return of(spec).stream().allMatch(issuer -> isStepBack(record, issuer, now));
  }

  private Due from(Job job, Issuer issuer, Instant now) {
    Instant open = now.plus(breakers.closedFor(issuer.id()));
    return job.hold(issuer.id()).until().notBefore(open);
  }

  /** When the next step of a record is due, all in all. */
  Due dueAt(CertificateSpec spec, CertificateRecord record) {
    Job job = record.job();
    Generation current = record.current();
    RenewalPlan renewal = record.renewal();
    if (job.isUnderWay()) {
      return job.due();
    }
    Instant now = time.instant();
    Problem problem = job.lastProblem();
    if (problem != null) {
      Due again = againAt(spec, record, now);
      // A try that was early says nothing about the renewal, which keeps its time.
      return current != null && renewal != null && isEarly(spec, record, problem.at())
          ? early(
              spec,
              record,
              again,
              replaceableFrom(spec, current, renewal.replacedYoung(), Due.at(renewal.at())),
              now)
          : again;
    }
    if (current == null || renewal == null) {
      return job.due();
    }
    if (areAllStepsBack(spec, record, now)) {
      return Due.at(current.validity().to());
    }
    boolean isOurs = isConfigured(spec, current.issuerId());
    Instant stepUp = isOurs ? current.obtainedAt().plus(OTHER_CHOICE) : now;
    Due replaceable = replaceableFrom(spec, current, renewal.replacedYoung(), job.due());
    return stepUpFrom(spec, record, now)
        .map(from -> Due.earlier(from.notBefore(stepUp), replaceable))
        .orElse(replaceable);
  }

  /** When to try again; what an issuer did that is not configured any more holds up no other. */
  private Due againAt(CertificateSpec spec, CertificateRecord record, Instant now) {
    Job job = record.job();
    return isConfigured(spec, job.issuerId())
        ? job.due()
        : choose(spec, record, now)
            .map(choice -> Due.earlier(job.due(), choice.from()))
            .orElse(job.due());
  }

  /**
   * When to try again what is not due yet: something better, but not behind a shut gate, where a
   * renewal that becomes due meanwhile would wait too.
   */
  private Due early(
      CertificateSpec spec, CertificateRecord record, Due again, Due replaceable, Instant now) {
    return stepUpFrom(spec, record, now)
        .map(from -> Due.earlier(Due.later(again, from), replaceable))
        .orElse(Due.later(again, replaceable));
  }

  /** From when on an issuer may be asked whose certificates are good for more; empty without. */
  private Optional<Due> stepUpFrom(CertificateSpec spec, CertificateRecord record, Instant now) {
    return of(spec).stream()
        .filter(issuer -> isStepUp(record, issuer))
        .map(issuer -> from(record.job(), issuer, now))
        .min(Comparator.naturalOrder());
  }

  /** Whom the next step of a record is going to ask. */
  Resource resource(CertificateSpec spec, CertificateRecord record) {
    Job job = record.job();
    if (job.isUnderWay() && job.issuerId() != null && !isToBeGivenUp(spec, record)) {
      return job.asks() == Asks.SOLVERS ? Resource.SOLVERS : Resource.steps(job.issuerId());
    }
    return choose(spec, record, time.instant())
        .map(choice -> Resource.beginnings(choice.issuer().id()))
        .orElse(Resource.NOBODY);
  }

  /**
   * Whether an attempt that is under way stands still for longer than visitors can wait, and
   * somebody else could be asked at once.
   */
  boolean isToBeGivenUp(CertificateSpec spec, CertificateRecord record) {
    String id = record.job().issuerId();
    return id != null && isTooLong(spec, record, id, breakers.closedFor(id));
  }

  /**
   * Whether a wait for one issuer is longer than visitors can wait, and somebody else could be
   * asked at once. They can wait while the certificate in service is not near its end; without one,
   * for a moment.
   */
  boolean isTooLong(CertificateSpec spec, CertificateRecord record, String id, Duration wait) {
    Instant end = time.instant().plus(wait);
    boolean works =
        record.generation().filter(current -> !RenewalPolicy.isUrgent(current, end)).isPresent();
    return !works && wait.compareTo(PATIENCE) > 0 && isAnotherReady(spec, record, id);
  }

  /** Whether another issuer than {@code id} could be asked now. */
  boolean isAnotherReady(CertificateSpec spec, CertificateRecord record, String id) {
    Instant now = time.instant();
    return of(spec).stream()
        .filter(issuer -> !issuer.id().equals(id) && !isStepBack(record, issuer, now))
        .anyMatch(issuer -> !from(record.job(), issuer, now).isAfter(now));
  }

  private static Instant later(Instant a, Instant b) {
    return a.isAfter(b) ? a : b;
  }
}
