package io.autotls.internal.engine;

import io.autotls.Role;
import io.autotls.spi.Issuer;
import io.autotls.spi.TimeSource;
import io.autotls.tls.Credential;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Says of one certificate what happens, what happens next, when, and why. */
final class Explanation {
  private final Issuers issuers;
  private final FallbackCertificates fallbacks;
  private final Health health;
  private final Leases leases;
  private final TimeSource time;
  private final Role role;

  Explanation(
      Issuers issuers,
      FallbackCertificates fallbacks,
      Health health,
      Leases leases,
      TimeSource time,
      Role role) {
    this.issuers = issuers;
    this.fallbacks = fallbacks;
    this.health = health;
    this.leases = leases;
    this.time = time;
    this.role = role;
  }

  /**
   * What this node knows by itself.
   *
   * @param name whose visitors it is about; null for those of any name of the certificate
   */
  Engine.View view(Managed managed, @Nullable String name) {
    CertificateRecord record = managed.record().orElse(null);
    if (record == null) {
      return unread(managed);
    }
    Job job = record.job();
    Optional<Renewal.Window> window = Optional.ofNullable(record.renewal()).map(Renewal::window);
    Optional<Managed> standIn = fallbacks.standIn(managed, name);
    return new Engine.View(
        managed.spec(),
        standIn.flatMap(Managed::credential).or(managed::credential),
        standIn.map(Managed::spec),
        record.generation().map(g -> issuers.displayName(managed.spec(), g.issuerId())),
        phase(managed, job),
        nextStep(managed),
        reason(managed, record),
        job.attempt(),
        window.map(Renewal.Window::start),
        window.map(Renewal.Window::end),
        waitsFor(managed),
        Optional.ofNullable(job.lastProblem()));
  }

  private static Engine.View unread(Managed managed) {
    return new Engine.View(
        managed.spec(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        "reads the storage",
        Instant.EPOCH,
        "nothing is known yet",
        0,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  private String phase(Managed managed, Job job) {
    if (managed.isRetired()) {
      return "not wanted any more";
    }
    return managed.blockedBy().map(reason -> "blocked: " + reason).orElse(job.phase());
  }

  private Instant nextStep(Managed managed) {
    boolean never = managed.isRetired() || role == Role.FOLLOWER;
    return never ? Hold.FOR_EVER : managed.appointment().due();
  }

  private String reason(Managed managed, CertificateRecord record) {
    if (managed.isRetired()) {
      return "it was removed";
    } else if (role == Role.FOLLOWER) {
      return "this node only follows; another one renews it";
    } else if (managed.blockedBy().isPresent()) {
      return managed.blockedBy().get();
    } else if (record.job().isUnderWay()) {
      return "an order is under way";
    } else if (record.job().lastProblem() != null) {
      return "the last attempt failed";
    } else if (record.current() == null || record.renewal() == null) {
      return "there is no certificate yet";
    }
    boolean planned = managed.appointment().due().equals(record.renewal().at());
    return (planned ? record.renewal().because() : Renewal.Because.OTHER_ISSUER).text();
  }

  private Optional<String> waitsFor(Managed managed) {
    String issuer = managed.appointment().channel().issuer();
    boolean due = !managed.appointment().due().isAfter(time.instant());
    return managed
        .blockedBy()
        .or(
            () ->
                due
                    ? health
                        .trouble(issuer)
                        .map(
                            what ->
                                issuers.displayName(managed.spec(), issuer)
                                    + ", which "
                                    + (health.mayBeAsked(issuer) ? "may be" : "is")
                                    + " down: "
                                    + what)
                    : Optional.empty());
  }

  /** All that can be found out, in lines; reads the lease from the storage. */
  String explain(Managed managed, String name) {
    Engine.View view = view(managed, name);
    StringBuilder text = new StringBuilder();
    line(text, "Certificate", managed.spec() + " (" + managed.spec().id() + ")");
    line(text, "Serves", serves(view));
    if (managed.isFallback()) {
      line(text, "Serves because", "the certificate that is wanted for its names is not there");
    }
    leftOut(managed).ifPresent(names -> line(text, "Left out", names));
    view.issuer().ifPresent(issuer -> line(text, "Issued by", issuer));
    line(text, "Now", view.phase());
    line(text, "Next", Wording.attempt("", view.nextStep()) + ", because " + view.reason());
    view.windowStart()
        .ifPresent(
            start -> line(text, "CA's window", start + " to " + view.windowEnd().orElse(start)));
    view.waitsFor().ifPresent(what -> line(text, "Waits for", what));
    managed.record().ifPresent(record -> issuers(text, managed, record.job()));
    issuers.of(managed.spec()).forEach(issuer -> health(text, issuer));
    line(text, "Worked on by", holder(managed));
    view.lastProblem().ifPresent(problem -> line(text, "Last problem", problem.toString()));
    return text.toString();
  }

  private static void line(StringBuilder text, String label, String value) {
    text.append(label).append(": ").append(value).append('\n');
  }

  private static Optional<String> leftOut(Managed managed) {
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

  private String serves(Engine.View view) {
    Credential credential = view.credential().orElse(null);
    if (credential == null) {
      return "a self-signed placeholder";
    }
    boolean valid = !credential.notAfter().isBefore(time.instant());
    return (valid ? "a certificate valid until " : "a certificate that expired ")
        + Wording.seconds(credential.notAfter())
        + view.standIn().map(spec -> ", that of " + spec).orElse("");
  }

  private void issuers(StringBuilder text, Managed managed, Job job) {
    Instant now = time.instant();
    job.holds()
        .forEach(
            (id, hold) -> {
              if (hold.until().isAfter(now)) {
                line(text, issuers.displayName(managed.spec(), id), held(hold));
              }
            });
  }

  private static String held(Hold hold) {
    return hold.attempts()
        + " attempts failed, "
        + Wording.attempt("", hold.until())
        + "; it said: "
        + hold.what();
  }

  private void health(StringBuilder text, Issuer issuer) {
    Duration closed = health.closedFor(issuer.id());
    String then =
        closed.isZero()
            ? "; one certificate at a time asks it until it answers"
            : "; nobody asks it before " + Wording.seconds(time.instant().plus(closed));
    health
        .trouble(issuer.id())
        .ifPresent(what -> line(text, "Health of " + issuer.displayName(), what + then));
  }

  private String holder(Managed managed) {
    try {
      return leases.holder(Records.key(managed.spec())).orElse("nobody at the moment");
    } catch (IOException e) {
      return "unknown, because the storage cannot be read: " + e.getMessage();
    }
  }
}
