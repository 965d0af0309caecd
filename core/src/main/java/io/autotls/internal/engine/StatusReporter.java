package io.autotls.internal.engine;

import io.autotls.Problem;
import io.autotls.Role;
import io.autotls.internal.cluster.CircuitBreakers;
import io.autotls.internal.cluster.Leases;
import io.autotls.internal.events.Messages;
import io.autotls.internal.issuance.IssuerSelection;
import io.autotls.internal.issuance.ManagedCertificate;
import io.autotls.internal.issuance.NodeFailure;
import io.autotls.internal.maintenance.FallbackCertificates;
import io.autotls.internal.record.CertificateRecord;
import io.autotls.internal.record.IssuerHold;
import io.autotls.internal.record.Job;
import io.autotls.internal.record.RecordStore;
import io.autotls.internal.record.RenewalPlan;
import io.autotls.internal.text.Moments;
import io.autotls.internal.time.Due;
import io.autotls.spi.Issuer;
import io.autotls.spi.TimeSource;
import io.autotls.tls.Credential;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Says of one certificate what happens, what happens next, when, and why. */
final class StatusReporter {
  private final IssuerSelection issuers;
  private final FallbackCertificates fallbacks;
  private final CircuitBreakers breakers;
  private final Leases leases;
  private final TimeSource time;
  private final Messages messages;
  private final Role role;
  private final Function<ManagedCertificate, Optional<Problem>> aside;

  /**
   * Creates it.
   *
   * @param aside what else is wrong on this node
   */
  StatusReporter(
      IssuerSelection issuers,
      FallbackCertificates fallbacks,
      CircuitBreakers breakers,
      Leases leases,
      TimeSource time,
      Role role,
      Function<ManagedCertificate, Optional<Problem>> aside) {
    this.issuers = issuers;
    this.fallbacks = fallbacks;
    this.breakers = breakers;
    this.leases = leases;
    this.time = time;
    this.messages = new Messages(time);
    this.role = role;
    this.aside = aside;
  }

  /**
   * What this node knows by itself.
   *
   * @param name whose visitors it is about; null for those of any name of the certificate
   */
  CertificateView view(ManagedCertificate managed, @Nullable String name) {
    Optional<CertificateRecord> record = managed.record();
    Optional<RenewalPlan.Window> window =
        record.map(CertificateRecord::renewal).map(RenewalPlan::window);
    Optional<ManagedCertificate> standIn = fallbacks.standIn(managed, name);
    return new CertificateView(
        managed.spec(),
        standIn.flatMap(ManagedCertificate::credential).or(managed::credential),
        standIn.map(ManagedCertificate::spec),
        managed.served().map(g -> issuers.displayName(managed.spec(), g.issuerId())),
        phase(managed),
        nextStep(managed).toPublic(),
        reason(managed),
        record.map(one -> one.job().attempt()).orElse(0),
        window.map(RenewalPlan.Window::start),
        window.map(RenewalPlan.Window::end),
        waitsFor(managed),
        lastProblem(managed));
  }

  /** What keeps this node from taking the next step, if something does. */
  private static Optional<NodeFailure> obstacle(ManagedCertificate managed) {
    return managed.failure().filter(one -> one.kind().stopsSteps() && !managed.isRetired());
  }

  private Optional<Problem> lastProblem(ManagedCertificate managed) {
    return managed
        .failure()
        .map(NodeFailure::problem)
        .or(() -> managed.record().map(one -> one.job().lastProblem()))
        .or(() -> leftToNewerNodes(managed))
        .or(() -> aside.apply(managed));
  }

  private Optional<Problem> leftToNewerNodes(ManagedCertificate managed) {
    return managed.isLeftToNewerNodes()
        ? Optional.of(messages.leftToNewerNodes(managed.spec(), managed.served().orElse(null)))
        : Optional.empty();
  }

  private static String phase(ManagedCertificate managed) {
    if (managed.isRetired()) {
      return "not wanted any more";
    }
    return obstacle(managed)
        .map(failure -> failure.kind().phase())
        .or(() -> managed.blockedBy().map(what -> "blocked: " + what))
        .or(() -> managed.record().map(one -> Messages.phase(one.job())))
        .orElse("reads the storage");
  }

  private Due nextStep(ManagedCertificate managed) {
    if (managed.isRetired() || (role == Role.FOLLOWER && managed.isLoaded())) {
      return Due.BY_A_PERSON;
    }
    return obstacle(managed)
        .map(failure -> Due.ofPublic(failure.problem().nextAttempt()))
        .orElseGet(() -> managed.isLoaded() ? managed.schedule().due() : Due.at(time.instant()));
  }

  private String reason(ManagedCertificate managed) {
    if (managed.isRetired()) {
      return "it was removed";
    }
    Optional<NodeFailure> obstacle = obstacle(managed);
    if (obstacle.isPresent()) {
      return obstacle.get().kind().reason();
    } else if (!managed.isLoaded()) {
      return "nothing is known yet";
    } else if (role == Role.FOLLOWER) {
      return "this node only follows; another one renews it";
    }
    return reason(managed, managed.record().orElseThrow());
  }

  private static String reason(ManagedCertificate managed, CertificateRecord record) {
    Optional<String> blockedBy = managed.blockedBy();
    if (blockedBy.isPresent()) {
      return blockedBy.get();
    } else if (record.job().isUnderWay()) {
      return "an order is under way";
    } else if (record.job().lastProblem() != null) {
      return "the last attempt failed";
    } else if (record.job().isLeftToNewerNodes()) {
      return "nodes of a newer version renew it";
    } else if (record.current() == null || record.renewal() == null) {
      return "there is no certificate yet";
    }
    return because(managed, record.renewal()).text();
  }

  private static RenewalPlan.Because because(ManagedCertificate managed, RenewalPlan planned) {
    if (managed.isRenewalRequested()) {
      return RenewalPlan.Because.WISHED;
    } else if (!managed.schedule().due().isBefore(planned.at())) {
      return planned.because(); // it may come later than planned, but for that reason
    }
    return managed.toBegin().isPresent()
        ? RenewalPlan.Because.LAST_RESORT
        : RenewalPlan.Because.OTHER_ISSUER;
  }

  private Optional<String> waitsFor(ManagedCertificate managed) {
    return managed
        .blockedBy()
        .or(
            () ->
                unwellIssuer(managed)
                    .map(
                        id ->
                            isDown(managed, id)
                                + ": "
                                + breakers.trouble(id).orElse("nobody knows why.")));
  }

  /** The issuer that the next step waits for although it is due, if there is one. */
  private Optional<String> unwellIssuer(ManagedCertificate managed) {
    String issuer = managed.schedule().resource().issuer();
    boolean due = managed.isLoaded() && !managed.schedule().due().isAfter(time.instant());
    return due && breakers.trouble(issuer).isPresent() ? Optional.of(issuer) : Optional.empty();
  }

  private String isDown(ManagedCertificate managed, String issuer) {
    return issuers.displayName(managed.spec(), issuer)
        + ", which "
        + (breakers.mayBeAsked(issuer) ? "may be" : "is")
        + " down";
  }

  /** All that can be found out, in lines, each reason once; reads the lease from the storage. */
  String explain(ManagedCertificate managed, String name) {
    CertificateView view = view(managed, name);
    StringBuilder text = new StringBuilder();
    line(text, "Certificate", managed.spec() + " (" + managed.spec().id() + ")");
    line(text, "Serves", serves(view));
    if (managed.isFallback()) {
      line(text, "Serves because", "the certificate that is wanted for its names is not there");
    }
    awaited(managed).ifPresent(begin -> line(text, "Serves another one from", begin));
    leftOut(managed).ifPresent(names -> line(text, "Left out", names));
    view.issuer().ifPresent(issuer -> line(text, "Issued by", issuer));
    boolean blocked = view.waitsFor().isPresent() && view.waitsFor().equals(managed.blockedBy());
    line(text, "Now", blocked && !managed.isRetired() ? "blocked" : view.phase());
    line(text, "Next", next(view, blocked));
    view.windowStart()
        .ifPresent(start -> line(text, "CA's window", window(start, view.windowEnd())));
    view.lastProblem().ifPresent(problem -> line(text, "Last problem", problem.toString()));
    waits(text, managed);
    managed.record().ifPresent(record -> issuers(text, managed, record.job()));
    issuers.of(managed.spec()).forEach(issuer -> breakers(text, issuer));
    line(text, "Worked on by", holder(managed));
    return text.toString();
  }

  private static String next(CertificateView view, boolean blocked) {
    String reason =
        blocked && view.waitsFor().equals(Optional.of(view.reason()))
            ? "something outside is missing"
            : view.reason();
    return Moments.attempt(Due.ofPublic(view.nextStep())) + ", because " + reason;
  }

  private static String window(Instant start, Optional<Instant> end) {
    return Moments.seconds(start) + " to " + Moments.seconds(end.orElse(start));
  }

  private void waits(StringBuilder text, ManagedCertificate managed) {
    Optional<String> what =
        managed
            .blockedBy()
            .or(
                () ->
                    unwellIssuer(managed)
                        .map(
                            id ->
                                isDown(managed, id)
                                    + unlessSaid(text, ": ", breakers.trouble(id).orElse(""))));
    what.ifPresent(it -> line(text, "Waits for", it));
  }

  /** A reason that stands in the text already is not repeated. */
  private static String unlessSaid(StringBuilder text, String before, String reason) {
    return text.indexOf(reason) >= 0 ? "" : before + reason;
  }

  private static void line(StringBuilder text, String label, String value) {
    text.append(label).append(": ").append(Messages.sentence(value)).append('\n');
  }

  private Optional<String> awaited(ManagedCertificate managed) {
    return managed
        .awaited()
        .map(next -> Moments.seconds(next.credential().notBefore()).toString())
        .map(begin -> begin + ", when that begins; it is stored already");
  }

  private static Optional<String> leftOut(ManagedCertificate managed) {
    return managed
        .record()
        .map(record -> record.names().leftOut())
        .filter(names -> !names.isEmpty())
        .map(
            names ->
                String.join(", ", new TreeSet<>(names))
                    + " failed repeatedly; the other names have a certificate of their own until"
                    + " this one can be had");
  }

  private String serves(CertificateView view) {
    Credential credential = view.credential().orElse(null);
    if (credential == null) {
      return "a self-signed placeholder";
    }
    Instant now = time.instant();
    if (credential.notBefore().isAfter(now)) {
      return "a certificate that is not valid before " + Moments.seconds(credential.notBefore());
    }
    boolean valid = !credential.notAfter().isBefore(now);
    return (valid ? "a certificate valid until " : "a certificate that expired ")
        + Moments.seconds(credential.notAfter())
        + view.standIn().map(spec -> ", that of " + spec).orElse("");
  }

  private void issuers(StringBuilder text, ManagedCertificate managed, Job job) {
    Instant now = time.instant();
    job.holds()
        .forEach(
            (id, hold) -> {
              if (hold.until().isAfter(now)) {
                line(text, issuers.displayName(managed.spec(), id), held(text, hold));
              }
            });
  }

  private static String held(StringBuilder text, IssuerHold hold) {
    String failed =
        hold.attempts() == 0 ? "" : Messages.count(hold.attempts(), "attempt") + " failed, ";
    return failed + Moments.attempt(hold.until()) + unlessSaid(text, "; it said: ", hold.what());
  }

  private void breakers(StringBuilder text, Issuer issuer) {
    Duration closed = breakers.closedFor(issuer.id());
    String then =
        closed.isZero()
            ? "one certificate at a time asks it until it answers"
            : "nobody asks it before " + Moments.seconds(time.instant().plus(closed));
    breakers
        .trouble(issuer.id())
        .ifPresent(
            what ->
                line(
                    text,
                    "Health of " + issuer.displayName(),
                    then + unlessSaid(text, "; ", what)));
  }

  private String holder(ManagedCertificate managed) {
    try {
      return leases.holder(RecordStore.key(managed.spec())).orElse("nobody at the moment");
    } catch (Throwable e) { // whatever the storage throws: all else can be told
      return "unknown, because the storage cannot be read";
    }
  }
}
