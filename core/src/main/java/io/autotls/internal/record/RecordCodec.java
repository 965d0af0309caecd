package io.autotls.internal.record;

import io.autotls.CertificateSpec;
import io.autotls.KeyType;
import io.autotls.Problem;
import io.autotls.internal.text.Document;
import io.autotls.internal.text.Keys;
import io.autotls.internal.time.Due;
import io.autotls.spi.IssuanceStage;
import io.autotls.spi.Issuer;
import io.autotls.spi.Progress.Asks;
import io.autotls.tls.Credential;
import java.net.URI;
import java.net.URISyntaxException;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collector;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Records as text: headers for people, PEM for {@code openssl}, the credential in service first.
 *
 * <p>A digest over key and chain says that they are those which were verified when they were
 * stored; reading many thousands of them at a start then takes no signatures. Safe for use by many
 * threads.
 */
public final class RecordCodec {
  private static final String TITLE = "AutoTls certificate record";
  private static final String CERTIFICATE = "CERTIFICATE";
  private static final String CURRENT = "current";
  private static final String PREVIOUS = "previous";
  private static final String PENDING = "pending";
  private static final String STATE_PREFIX = "Job-State-";
  private static final String HOLD_PREFIX = "Hold-";
  private static final String ASIDE_PREFIX = "Aside-";
  private static final String RENEWAL_PREFIX = "Renewal-";
  private static final String WINDOW_PREFIX = "Window-";
  private static final String NAME_FAILURES = "Names-Failing";
  private static final String NAMES_LEFT_OUT = "Names-Left-Out";
  private static final String ASKED_HOLDS = "Holds-Asked-For";
  private static final Pattern NUMBER = Pattern.compile("\\d{1,9}");
  private static final Pattern HOLD = Pattern.compile("(\\d{1,9}) (\\S+) ?(.*)");

  private static final Collector<CharSequence, ?, String> LIST = Collectors.joining(", ");
  private static final Pattern COMMA = Pattern.compile(", ");
  private static final Pattern NAME_FAILURE = Pattern.compile("(\\S+)=(\\d{1,9})");

  private final CertificateInterner shared = new CertificateInterner();

  RecordCodec() {}

  /**
   * What was read: a record, and what is wrong with the stored text, if anything is.
   *
   * @param damage null if the text was whole; else what is wrong, and {@code record} is what could
   *     be saved from it
   */
  record Decoded(CertificateRecord record, @Nullable String damage) {}

  /**
   * The text of a record without the progress of its job. That is most of it, and it stays as it is
   * from the first step of an attempt to the last.
   */
  static final class Frame {
    private final CertificateRecord record;
    private final Document.Part before;
    private final Document.Part after;

    private Frame(CertificateRecord record, Document.Part before, Document.Part after) {
      this.record = record;
      this.before = before;
      this.after = after;
    }

    /**
     * Whether {@code other}, a record of the same spec, differs in the progress of its job only.
     */
    boolean fits(CertificateRecord other) {
      return record.current() == other.current()
          && record.previous() == other.previous()
          && record.renewal() == other.renewal()
          && Objects.equals(record.job().pendingKey(), other.job().pendingKey())
          && record.job().asides().equals(other.job().asides());
    }
  }

  public static byte[] encode(CertificateSpec spec, CertificateRecord record) {
    return encode(frame(spec, record), record);
  }

  /** The text of a record that {@code frame} fits. */
  public static byte[] encode(Frame frame, CertificateRecord record) {
    Document.Writer progress = new Document.Writer(TITLE);
    writeProgress(progress, record);
    return Document.join(TITLE, frame.before, progress.toPart(), frame.after);
  }

  static Frame frame(CertificateSpec spec, CertificateRecord record) {
    Document.Writer before = new Document.Writer(TITLE);
    before.header("Names", String.join(", ", spec.names()));
    before.header("Key-Type", spec.keyType().configName());
    before.header("Profile", spec.profile().orElse(null));
    writeOrigin(before, "Current", record.current());
    writeOrigin(before, "Previous", record.previous());
    writeRenewal(before, record.renewal());
    Document.Writer after = new Document.Writer(TITLE);
    writeGeneration(after, CURRENT, record.current());
    writeGeneration(after, PREVIOUS, record.previous());
    record
        .job()
        .pendingPair()
        .ifPresent(
            pair -> {
              after.section(PENDING);
              Keys.write(after, pair);
            });
    List<Map.Entry<String, SuspendedOrder>> asides = asides(record.job());
    for (int i = 0; i < asides.size(); i++) {
      after.section(asideSection(i));
      Keys.write(after, asides.get(i).getValue().key());
    }
    return new Frame(record, before.toPart(), after.toPart());
  }

  private static void writeProgress(Document.Writer writer, CertificateRecord record) {
    Job job = record.job();
    writer.header("Job-Phase", job.phase());
    writer.header("Job-Stage", job.stage().orElse(null));
    writer.header("Job-Due", job.due());
    writer.header("Job-Issuer", job.issuerId());
    writer.header("Job-Attempt", job.attempt());
    writer.header("Job-Step-Failures", job.stepFailures());
    if (job.asks() != Asks.ISSUER) {
      writer.header("Job-Asks", job.asks());
    }
    writeState(writer, STATE_PREFIX, job.state());
    job.holds().entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(entry -> writer.header(HOLD_PREFIX + entry.getKey(), hold(entry.getValue())));
    writeAskedHolds(writer, job.holds());
    writeAsides(writer, asides(job));
    writeProblem(writer, job.lastProblem());
    writeNames(writer, record.names());
    ExtraTries extras = record.extras();
    if (extras.count() > 0) {
      writer.header("Extra-Tries", extras.count());
      writer.header("Extra-Tries-Since", extras.since());
    }
  }

  private static void writeAskedHolds(Document.Writer writer, Map<String, IssuerHold> holds) {
    String asked =
        holds.entrySet().stream()
            .filter(entry -> entry.getValue().by() == IssuerHold.By.ISSUER)
            .map(Map.Entry::getKey)
            .sorted()
            .collect(LIST);
    writer.header(ASKED_HOLDS, asked.isEmpty() ? null : asked);
  }

  private static void writeNames(Document.Writer writer, NameFailures names) {
    if (!names.inARow().isEmpty()) {
      writer.header(
          NAME_FAILURES,
          names.inARow().entrySet().stream()
              .sorted(Map.Entry.comparingByKey())
              .map(entry -> entry.getKey() + "=" + entry.getValue())
              .collect(Collectors.joining(", ")));
    }
    if (!names.leftOut().isEmpty()) {
      writer.header(NAMES_LEFT_OUT, names.leftOut().stream().sorted().collect(LIST));
    }
  }

  /**
   * The text of a record with another plan for its renewal: what {@link #encode} would make of it,
   * without reading and writing keys and certificates again. This is what changes day by day.
   *
   * @param stored the text of a record that is whole
   * @param record what it says, with the new plan; only that and the due time of its job are used
   * @throws IllegalArgumentException if the text is not one of {@link #encode}
   */
  static byte[] replanned(byte[] stored, CertificateRecord record) {
    Document.Writer writer = new Document.Writer(TITLE);
    Document.copy(
        stored,
        writer,
        header -> {
          if (header.equals("Job-Phase")) {
            writeRenewal(writer, record.renewal());
          } else if (header.equals("Job-Due")) {
            writer.header(header, record.job().due());
            return false;
          }
          return !header.startsWith(RENEWAL_PREFIX) && !header.startsWith(WINDOW_PREFIX);
        });
    return writer.toBytes();
  }

  private static void writeOrigin(
      Document.Writer writer, String which, @Nullable Generation generation) {
    if (generation != null) {
      Credential credential = generation.credential();
      writer.header(which + "-Issuer", generation.issuerId());
      writer.header(which + "-Trust", generation.trust());
      writer.header(which + "-Obtained", generation.obtainedAt());
      writer.header(which + "-Valid-Until", credential.notAfter());
      writer.header(which + "-Serial", credential.leaf().getSerialNumber().toString(16));
      writer.header(
          which + "-Digest", digest(credential.privateKey().getEncoded(), ders(credential)));
    }
  }

  private static void writeRenewal(Document.Writer writer, @Nullable RenewalPlan renewal) {
    if (renewal == null) {
      return;
    }
    writer.header("Renewal-Of", renewal.alias());
    writer.header("Renewal-At", renewal.at());
    writer.header("Renewal-Because", renewal.because());
    writer.header("Renewal-Ask-At", renewal.askAt());
    writer.header("Renewal-Failed-Inquiries", renewal.failedInquiries());
    writer.header("Renewal-Hasty", renewal.hasty());
    RenewalPlan.Window window = renewal.window();
    if (window != null) {
      writer.header("Window-Start", window.start());
      writer.header("Window-End", window.end());
      writer.header("Window-Explanation", window.explanation());
    }
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
      writeState(writer, prefix + "State-", aside.state());
    }
  }

  private static String asidePrefix(int number) {
    return ASIDE_PREFIX + (number + 1) + "-";
  }

  private static String asideSection(int number) {
    return "aside-" + (number + 1);
  }

  private static void writeState(Document.Writer writer, String prefix, Map<String, String> state) {
    state.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(entry -> writer.header(prefix + entry.getKey(), entry.getValue()));
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

  private static void writeGeneration(
      Document.Writer writer, String section, @Nullable Generation generation) {
    if (generation == null) {
      return;
    }
    writer.section(section);
    writer.block(Keys.PRIVATE_KEY, generation.credential().privateKey().getEncoded());
    ders(generation.credential()).forEach(der -> writer.block(CERTIFICATE, der));
  }

  private static List<byte[]> ders(Credential credential) {
    return credential.chain().stream().map(RecordCodec::encoded).toList();
  }

  private static String digest(byte[] key, List<byte[]> certificates) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(key);
      certificates.forEach(digest::update);
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  private static byte[] encoded(X509Certificate certificate) {
    try {
      return certificate.getEncoded();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("a certificate that was parsed cannot be encoded", e);
    }
  }

  /**
   * Reads a record. From a text that is torn or foreign it saves what it can: above all a key with
   * its chain, so that visitors keep getting a certificate.
   */
  public Decoded decode(byte[] value, Instant now) {
    Document document = Document.parse(value);
    if (value.length == 0) {
      return new Decoded(CertificateRecord.first(now), "it is empty");
    }
    boolean ours = document.title().equals(TITLE);
    Generation previous = generation(document, PREVIOUS, "Previous", null);
    Generation current = generation(document, ours ? CURRENT : "", "Current", previous);
    if (!ours) {
      return salvaged(current, null, "it is not a record of AutoTls", now);
    }
    Optional<Job> job = job(document);
    if (!document.isComplete() || job.isEmpty()) {
      return salvaged(current, previous, "it was cut off or changed", now);
    }
    if (current == null && document.header("Current-Serial").isPresent()) {
      return salvaged(null, previous, "its key does not belong to its certificate", now);
    }
    RenewalPlan renewal = current == null ? null : renewal(document, current, now);
    return new Decoded(
        new CertificateRecord(
            current, previous, job.get(), renewal, names(document), extras(document)),
        null);
  }

  private static Decoded salvaged(
      @Nullable Generation current, @Nullable Generation previous, String damage, Instant now) {
    Generation best = current != null ? current : previous;
    return new Decoded(
        new CertificateRecord(
            best,
            best == previous ? null : previous,
            Job.first(best == null ? now : replaceableFrom(best, now)),
            best == null ? null : RenewalPolicy.first(best, now, 0)),
        damage);
  }

  private static ExtraTries extras(Document document) {
    Optional<Integer> count = number(document, "Extra-Tries");
    Optional<Instant> since = instant(document, "Extra-Tries-Since");
    return count.isPresent() && since.isPresent()
        ? new ExtraTries(count.get(), since.get())
        : ExtraTries.NONE;
  }

  private static NameFailures names(Document document) {
    Map<String, Integer> inARow = new HashMap<>();
    list(document, NAME_FAILURES)
        .map(NAME_FAILURE::matcher)
        .filter(Matcher::matches)
        .forEach(one -> inARow.put(one.group(1), Integer.valueOf(one.group(2))));
    Set<String> leftOut = list(document, NAMES_LEFT_OUT).collect(Collectors.toSet());
    return inARow.isEmpty() && leftOut.isEmpty()
        ? NameFailures.NONE
        : new NameFailures(inARow, leftOut);
  }

  private static Stream<String> list(Document document, String header) {
    return document.header(header).stream().flatMap(COMMA::splitAsStream);
  }

  /**
   * What a record is for, as it says itself; empty if that makes no sense, or only to a newer
   * version.
   */
  static Optional<CertificateSpec> spec(byte[] value) {
    Document document = Document.parse(value);
    try {
      CertificateSpec.Builder spec =
          CertificateSpec.builder()
              .names(list(document, "Names").toList())
              .keyType(KeyType.ofConfigName(document.header("Key-Type").orElse("")));
      document.header("Profile").ifPresent(spec::profile);
      return Optional.of(spec.build());
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** Whatever damages a record may do so again, and must not make us order without end. */
  private static Instant replaceableFrom(Generation saved, Instant now) {
    Instant earliest = RenewalPolicy.earliest(saved, 1);
    return saved.isAlive(now) && earliest.isAfter(now) ? earliest : now;
  }

  /** The stored plan, if it is about this very certificate; else the first one for it. */
  private static RenewalPlan renewal(Document document, Generation current, Instant now) {
    Optional<Instant> at = instant(document, "Renewal-At");
    Optional<Instant> askAt = instant(document, "Renewal-Ask-At");
    boolean same = document.header("Renewal-Of").equals(Optional.of(current.credential().alias()));
    if (!same || at.isEmpty() || askAt.isEmpty()) {
      return RenewalPolicy.first(current, now, 0);
    }
    return new RenewalPlan(
        current.credential().alias(),
        at.get(),
        constant(
            RenewalPlan.Because.class, document, "Renewal-Because", RenewalPlan.Because.LIFETIME),
        window(document),
        askAt.get(),
        number(document, "Renewal-Failed-Inquiries").orElse(0),
        number(document, "Renewal-Hasty").orElse(0));
  }

  private static RenewalPlan.@Nullable Window window(Document document) {
    Optional<Instant> start = instant(document, "Window-Start");
    Optional<Instant> end = instant(document, "Window-End");
    if (start.isEmpty() || end.isEmpty()) {
      return null;
    }
    URI explanation = document.header("Window-Explanation").flatMap(RecordCodec::uri).orElse(null);
    return new RenewalPlan.Window(start.get(), end.get(), explanation);
  }

  private static Optional<URI> uri(String text) {
    try {
      return Optional.of(new URI(text)).filter(RecordCodec::isPage);
    } catch (URISyntaxException e) {
      return Optional.empty(); // for people only
    }
  }

  /** People click on it. */
  private static boolean isPage(URI url) {
    return "https".equalsIgnoreCase(url.getScheme()) || "http".equalsIgnoreCase(url.getScheme());
  }

  private static <E extends Enum<E>> E constant(
      Class<E> type, Document document, String header, E unlessThere) {
    String name = document.header(header).orElse("");
    for (E constant : type.getEnumConstants()) {
      if (constant.name().equals(name)) {
        return constant;
      }
    }
    return unlessThere;
  }

  private @Nullable Generation generation(
      Document document, String section, String headers, @Nullable Generation before) {
    List<byte[]> keys = document.blocks(section, Keys.PRIVATE_KEY);
    List<byte[]> certificates = document.blocks(section, CERTIFICATE);
    if (keys.size() != 1 || certificates.isEmpty()) {
      return null;
    }
    try {
      List<X509Certificate> chain = shared.chain(certificates);
      PrivateKey key = Keys.privateKey(keys.get(0), chain.get(0).getPublicKey());
      boolean verified =
          document
              .header(headers + "-Digest")
              .filter(digest -> digest.equals(digest(keys.get(0), certificates)))
              .isPresent();
      return new Generation(
          verified ? Credential.ofVerified(key, chain) : Credential.of(key, chain),
          document.header(headers + "-Issuer").orElse("unknown").intern(),
          constant(Issuer.Trust.class, document, headers + "-Trust", Issuer.Trust.TEST),
          instant(document, headers + "-Obtained").orElse(chain.get(0).getNotBefore().toInstant()),
          before == null ? null : before.issuerId());
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      return null; // no usable credential; the caller says so
    }
  }

  private static Optional<Job> job(Document document) {
    Optional<Due> due = document.header("Job-Due").flatMap(Due::parse);
    Optional<Integer> attempt = number(document, "Job-Attempt");
    Optional<Integer> stepFailures = number(document, "Job-Step-Failures");
    if (due.isEmpty() || attempt.isEmpty() || stepFailures.isEmpty()) {
      return Optional.empty();
    }
    Optional<KeyPair> pair = Keys.read(document, PENDING);
    String issuer = document.header("Job-Issuer").orElse(null);
    Job.Phase phase = phase(document, pair.isPresent() && issuer != null);
    Job.Builder job = Job.builder(phase, due.get()).issuerId(issuer);
    if (phase == Job.Phase.UNDER_WAY) {
      job.underWay(issuer, new PendingKey.Present(pair.orElseThrow()))
          .progress(state(document, STATE_PREFIX), stage(document, "Job-Stage"))
          .asks(constant(Asks.class, document, "Job-Asks", Asks.ISSUER));
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
    Job.Phase phase = constant(Job.Phase.class, document, "Job-Phase", Job.Phase.TRIES_AGAIN);
    return phase == Job.Phase.UNDER_WAY ? Job.Phase.TRIES_AGAIN : phase;
  }

  private static @Nullable IssuanceStage stage(Document document, String header) {
    return document.header(header).isEmpty()
        ? null
        : constant(IssuanceStage.class, document, header, IssuanceStage.WAITING);
  }

  private static Map<String, String> state(Document document, String prefix) {
    return document.headers().entrySet().stream()
        .filter(entry -> entry.getKey().startsWith(prefix))
        .collect(
            Collectors.toMap(
                entry -> entry.getKey().substring(prefix.length()), Map.Entry::getValue));
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
      Optional<KeyPair> key = Keys.read(document, asideSection(i));
      Optional<Instant> since = instant(document, prefix + "Since");
      if (key.isPresent() && since.isPresent()) {
        IssuanceStage stage = stage(document, prefix + "Stage");
        Map<String, String> state = state(document, prefix + "State-");
        asides.put(issuer.get(), new SuspendedOrder(key.get(), state, stage, since.get()));
      }
    }
  }

  private static Map<String, IssuerHold> holds(Document document) {
    Map<String, IssuerHold> holds = new HashMap<>();
    document
        .headers()
        .forEach(
            (header, value) -> {
              Matcher matcher = HOLD.matcher(value);
              if (header.startsWith(HOLD_PREFIX) && matcher.matches()) {
                Due.parse(matcher.group(2))
                    .ifPresent(
                        until ->
                            holds.put(
                                header.substring(HOLD_PREFIX.length()),
                                hold(
                                    document,
                                    header.substring(HOLD_PREFIX.length()),
                                    matcher,
                                    until)));
              }
            });
    return holds;
  }

  private static IssuerHold hold(Document document, String issuer, Matcher hold, Due until) {
    int attempts = Integer.parseInt(hold.group(1));
    return until.needsPerson()
        ? IssuerHold.untilSomebodyActs(attempts, hold.group(3))
        : new IssuerHold(attempts, until, hold.group(3), by(document, issuer));
  }

  private static IssuerHold.By by(Document document, String issuer) {
    return list(document, ASKED_HOLDS).anyMatch(issuer::equals)
        ? IssuerHold.By.ISSUER
        : IssuerHold.By.US;
  }

  private static @Nullable Problem problem(Document document) {
    Optional<Instant> at = instant(document, "Problem-At");
    Optional<Due> nextAttempt = document.header("Problem-Next-Attempt").flatMap(Due::parse);
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

  private static Optional<Instant> instant(Document document, String header) {
    return document.header(header).flatMap(RecordCodec::instant);
  }

  private static Optional<Instant> instant(String text) {
    try {
      return Optional.of(Instant.parse(text));
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }

  private static Optional<Integer> number(Document document, String header) {
    return document.header(header).filter(NUMBER.asMatchPredicate()).map(Integer::valueOf);
  }
}
