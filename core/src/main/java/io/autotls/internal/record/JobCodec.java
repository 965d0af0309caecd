package io.autotls.internal.record;

import io.autotls.Problem;
import io.autotls.internal.text.Document;
import io.autotls.internal.text.Keys;
import io.autotls.internal.time.Due;
import io.autotls.spi.IssuanceStage;
import io.autotls.spi.Issuer.KeyOrigin;
import io.autotls.spi.Progress.Asks;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The work on a record, in its text. */
final class JobCodec {
  static final Set<String> HEADERS =
      Set.of(
          "Job-Phase",
          "Job-Stage",
          "Job-Due",
          "Job-Issuer",
          "Job-Attempt",
          "Job-Step-Failures",
          "Job-Asks",
          "Job-Key",
          "Holds-Asked-For",
          "Problem-At",
          "Problem-What",
          "Problem-Next",
          "Problem-Next-Attempt",
          "Problem-Advice");

  private static final String PENDING = "pending";
  private static final String STATE_PREFIX = "Job-State-";
  private static final String HOLD_PREFIX = "Hold-";
  private static final String ASIDE_PREFIX = "Aside-";
  private static final String ASIDE_SECTION = "aside-";
  private static final String ASKED_HOLDS = "Holds-Asked-For";
  private static final Pattern HOLD = Pattern.compile("(\\d{1,9}) (\\S+) ?(.*)");

  static final Set<String> HEADER_FAMILIES = Set.of(STATE_PREFIX, HOLD_PREFIX, ASIDE_PREFIX);
  static final Set<String> SECTIONS = Set.of(PENDING);
  static final Set<String> SECTION_FAMILIES = Set.of(ASIDE_SECTION);

  private JobCodec() {}

  /** What changes from step to step. */
  static void write(Document.Writer writer, Job job) {
    writer.header("Job-Phase", job.phase());
    writer.header("Job-Stage", job.stage().orElse(null));
    writer.header("Job-Due", job.due());
    writer.header("Job-Issuer", job.issuerId());
    writer.header("Job-Attempt", job.attempt());
    writer.header("Job-Step-Failures", job.stepFailures());
    if (job.asks() != Asks.ISSUER) {
      writer.header("Job-Asks", job.asks());
    }
    writer.header("Job-Key", keyOrigin(job.pendingKey()));
    writer.family(STATE_PREFIX, job.state());
    writer.family(HOLD_PREFIX, texts(job.holds()));
    writer.list(ASKED_HOLDS, asked(job.holds()));
    writeAsides(writer, asides(job));
    writeProblem(writer, job.lastProblem());
  }

  /** What stays from the first step of an attempt to the last. */
  static void writeKeys(Document.Writer writer, Job job) {
    job.pendingPair().ifPresent(pair -> Keys.write(writer.section(PENDING), pair));
    List<Map.Entry<String, SuspendedOrder>> asides = asides(job);
    for (int i = 0; i < asides.size(); i++) {
      if (asides.get(i).getValue().key() instanceof PendingKey.Present present) {
        Keys.write(writer.section(asideSection(i)), present.pair());
      }
    }
  }

  /** Who makes the key, if that is not the node: then it is not here. */
  private static @Nullable KeyOrigin keyOrigin(@Nullable PendingKey key) {
    return key instanceof PendingKey.MadeByIssuer ? KeyOrigin.ISSUER : null;
  }

  private static Optional<PendingKey> key(Document document, String section, String header) {
    return document.constant(KeyOrigin.class, header, KeyOrigin.NODE) == KeyOrigin.ISSUER
        ? Optional.of(new PendingKey.MadeByIssuer())
        : Keys.read(document, section).map(PendingKey.Present::new);
  }

  private static Map<String, String> texts(Map<String, IssuerHold> holds) {
    return holds.entrySet().stream()
        .collect(Collectors.toMap(Map.Entry::getKey, one -> hold(one.getValue())));
  }

  private static Stream<String> asked(Map<String, IssuerHold> holds) {
    return holds.entrySet().stream()
        .filter(entry -> entry.getValue().by() == IssuerHold.By.ISSUER)
        .map(Map.Entry::getKey);
  }

  private static String hold(IssuerHold hold) {
    return hold.attempts() + " " + hold.until() + " " + hold.what();
  }

  /** In the order in which they are numbered. */
  private static List<Map.Entry<String, SuspendedOrder>> asides(Job job) {
    return job.asides().entrySet().stream().sorted(Map.Entry.comparingByKey()).toList();
  }

  private static void writeAsides(
      Document.Writer writer, List<Map.Entry<String, SuspendedOrder>> asides) {
    for (int i = 0; i < asides.size(); i++) {
      String prefix = asidePrefix(i);
      SuspendedOrder aside = asides.get(i).getValue();
      writer.header(prefix + "Issuer", asides.get(i).getKey());
      writer.header(prefix + "Stage", aside.stage());
      writer.header(prefix + "Since", aside.since());
      writer.header(prefix + "Key", keyOrigin(aside.key()));
      writer.family(prefix + "State-", aside.state());
    }
  }

  private static String asidePrefix(int number) {
    return ASIDE_PREFIX + (number + 1) + "-";
  }

  private static String asideSection(int number) {
    return ASIDE_SECTION + (number + 1);
  }

  private static void writeProblem(Document.Writer writer, @Nullable Problem problem) {
    if (problem != null) {
      writer.header("Problem-At", problem.at());
      writer.header("Problem-What", problem.what());
      writer.header("Problem-Next", problem.next());
      writer.header("Problem-Next-Attempt", Due.ofPublic(problem.nextAttempt()));
      writer.header("Problem-Advice", problem.advice());
    }
  }

  /** Reads a job; empty if it makes no sense. */
  static Optional<Job> read(Document document) {
    Optional<Due> due = document.due("Job-Due");
    Optional<Integer> attempt = document.number("Job-Attempt");
    Optional<Integer> stepFailures = document.number("Job-Step-Failures");
    if (due.isEmpty() || attempt.isEmpty() || stepFailures.isEmpty()) {
      return Optional.empty();
    }
    Optional<PendingKey> key = key(document, PENDING, "Job-Key");
    String issuer = document.header("Job-Issuer").orElse(null);
    Job.Phase phase = phase(document, key.isPresent() && issuer != null);
    Job.Builder job = Job.builder(phase, due.get()).issuerId(issuer);
    if (phase == Job.Phase.UNDER_WAY) {
      job.underWay(issuer, key.orElseThrow())
          .progress(document.family(STATE_PREFIX), stage(document, "Job-Stage"))
          .asks(document.constant(Asks.class, "Job-Asks", Asks.ISSUER));
    }
    return Optional.of(
        job.attempt(attempt.get())
            .stepFailures(stepFailures.get())
            .holds(holds(document))
            .asides(asides(document))
            .lastProblem(problem(document))
            .build());
  }

  /** Without its key an attempt cannot go on; then its issuer is asked again. */
  private static Job.Phase phase(Document document, boolean hasKey) {
    if (hasKey) {
      return Job.Phase.UNDER_WAY;
    }
    Job.Phase phase = document.constant(Job.Phase.class, "Job-Phase", Job.Phase.TRIES_AGAIN);
    return switch (phase) {
      case UNDER_WAY, LEFT_TO_NEWER_NODES -> Job.Phase.TRIES_AGAIN;
      default -> phase;
    };
  }

  private static @Nullable IssuanceStage stage(Document document, String header) {
    return document.header(header).isEmpty()
        ? null
        : document.constant(IssuanceStage.class, header, IssuanceStage.WAITING);
  }

  /** What cannot be understood is left out: then its order is made again. */
  private static Map<String, SuspendedOrder> asides(Document document) {
    Map<String, SuspendedOrder> asides = new HashMap<>();
    for (int i = 0; ; i++) {
      String prefix = asidePrefix(i);
      Optional<String> issuer = document.header(prefix + "Issuer");
      if (issuer.isEmpty()) {
        return asides;
      }
      Optional<PendingKey> key = key(document, asideSection(i), prefix + "Key");
      Optional<Instant> since = document.instant(prefix + "Since");
      if (key.isPresent() && since.isPresent()) {
        IssuanceStage stage = stage(document, prefix + "Stage");
        Map<String, String> state = document.family(prefix + "State-");
        asides.put(issuer.get(), new SuspendedOrder(key.get(), state, stage, since.get()));
      }
    }
  }

  private static Map<String, IssuerHold> holds(Document document) {
    Set<String> asked = document.list(ASKED_HOLDS).collect(Collectors.toSet());
    Map<String, IssuerHold> holds = new HashMap<>();
    document
        .family(HOLD_PREFIX)
        .forEach(
            (issuer, text) -> {
              IssuerHold.By by = asked.contains(issuer) ? IssuerHold.By.ISSUER : IssuerHold.By.US;
              hold(text, by).ifPresent(hold -> holds.put(issuer, hold));
            });
    return holds;
  }

  private static Optional<IssuerHold> hold(String text, IssuerHold.By by) {
    Matcher hold = HOLD.matcher(text);
    if (!hold.matches()) {
      return Optional.empty();
    }
    int attempts = Integer.parseInt(hold.group(1));
    String what = hold.group(3);
    return Due.parse(hold.group(2))
        .map(
            until ->
                until.needsPerson()
                    ? IssuerHold.untilSomebodyActs(attempts, what)
                    : new IssuerHold(attempts, until, what, by));
  }

  private static @Nullable Problem problem(Document document) {
    Optional<Instant> at = document.instant("Problem-At");
    Optional<Due> nextAttempt = document.due("Problem-Next-Attempt");
    if (at.isEmpty() || nextAttempt.isEmpty()) {
      return null;
    }
    return new Problem(
        at.get(),
        document.header("Problem-What").orElse(""),
        document.header("Problem-Next").orElse(""),
        nextAttempt.get().toPublic(),
        document.header("Problem-Advice").orElse(""));
  }
}
