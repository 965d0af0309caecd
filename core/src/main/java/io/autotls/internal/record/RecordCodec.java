package io.autotls.internal.record;

import io.autotls.CertificateSpec;
import io.autotls.KeyType;
import io.autotls.internal.text.Document;
import io.autotls.internal.text.Vocabulary;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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
  private static final String CURRENT = "current";
  private static final String PREVIOUS = "previous";
  private static final String CURRENT_HEADERS = "Current";
  private static final String PREVIOUS_HEADERS = "Previous";
  private static final String NAME_FAILURES = "Names-Failing";
  private static final String NAMES_LEFT_OUT = "Names-Left-Out";
  private static final String EXTRA_TRIES = "Extra-Tries";
  private static final String EXTRA_TRIES_SINCE = "Extra-Tries-Since";
  private static final Pattern NAME_FAILURE = Pattern.compile("(\\S+)=(\\d{1,9})");

  private static final Vocabulary KNOWN =
      new Vocabulary(
          Stream.of(
                  Stream.of("Names", "Key-Type", "Profiles"),
                  GenerationCodec.headers(CURRENT_HEADERS),
                  GenerationCodec.headers(PREVIOUS_HEADERS),
                  RenewalPlanCodec.HEADERS.stream(),
                  JobCodec.HEADERS.stream(),
                  Stream.of(NAME_FAILURES, NAMES_LEFT_OUT, EXTRA_TRIES, EXTRA_TRIES_SINCE))
              .flatMap(headers -> headers)
              .collect(Collectors.toSet()),
          JobCodec.HEADER_FAMILIES,
          Stream.concat(Stream.of(CURRENT, PREVIOUS), JobCodec.SECTIONS.stream())
              .collect(Collectors.toSet()),
          JobCodec.SECTION_FAMILIES);

  private final GenerationCodec generations = new GenerationCodec();

  RecordCodec() {}

  /**
   * What was read: a record, and what is wrong with the stored text, if anything is.
   *
   * @param damage null if the text was whole; else what is wrong, and {@code record} is what could
   *     be saved from it
   */
  record Decoded(CertificateRecord record, @Nullable String damage) {
    private static Decoded whole(CertificateRecord record) {
      return new Decoded(record, null);
    }
  }

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
          && record.unknown() == other.unknown()
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
    JobCodec.write(progress, record.job());
    writeNames(progress, record.names());
    writeExtras(progress, record.extras());
    return Document.join(TITLE, record.unknown(), frame.before, progress.toPart(), frame.after);
  }

  static Frame frame(CertificateSpec spec, CertificateRecord record) {
    Document.Writer before = new Document.Writer(TITLE);
    before.header("Names", String.join(", ", spec.names()));
    before.header("Key-Type", spec.keyType().configName());
    before.header(
        "Profiles", spec.profiles().isEmpty() ? null : String.join(", ", spec.profiles()));
    GenerationCodec.writeHeaders(before, CURRENT_HEADERS, record.current());
    GenerationCodec.writeHeaders(before, PREVIOUS_HEADERS, record.previous());
    RenewalPlanCodec.write(before, record.renewal());
    Document.Writer after = new Document.Writer(TITLE);
    GenerationCodec.writeSection(after, CURRENT, record.current());
    GenerationCodec.writeSection(after, PREVIOUS, record.previous());
    JobCodec.writeKeys(after, record.job());
    return new Frame(record, before.toPart(), after.toPart());
  }

  private static void writeNames(Document.Writer writer, NameFailures names) {
    writer.list(
        NAME_FAILURES,
        names.inARow().entrySet().stream().map(one -> one.getKey() + "=" + one.getValue()));
    writer.list(NAMES_LEFT_OUT, names.leftOut().stream());
  }

  private static void writeExtras(Document.Writer writer, ExtraAttempts extras) {
    if (extras.count() > 0) {
      writer.header(EXTRA_TRIES, extras.count());
      writer.header(EXTRA_TRIES_SINCE, extras.since());
    }
  }

  private static ExtraAttempts extras(Document document) {
    Optional<Integer> count = document.number(EXTRA_TRIES);
    Optional<Instant> since = document.instant(EXTRA_TRIES_SINCE);
    return count.isPresent() && since.isPresent()
        ? new ExtraAttempts(count.get(), since.get())
        : ExtraAttempts.NONE;
  }

  private static NameFailures names(Document document) {
    Map<String, Integer> inARow = new HashMap<>();
    document
        .list(NAME_FAILURES)
        .map(NAME_FAILURE::matcher)
        .filter(Matcher::matches)
        .forEach(one -> inARow.put(one.group(1), Integer.valueOf(one.group(2))));
    Set<String> leftOut = document.list(NAMES_LEFT_OUT).collect(Collectors.toSet());
    return inARow.isEmpty() && leftOut.isEmpty()
        ? NameFailures.NONE
        : new NameFailures(inARow, leftOut);
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
            RenewalPlanCodec.write(writer, record.renewal());
          } else if (header.equals("Job-Due")) {
            writer.header(header, record.job().due());
            return false;
          }
          return !RenewalPlanCodec.HEADERS.contains(header);
        });
    return writer.toBytes();
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
    Generation previous = generations.read(document, PREVIOUS, PREVIOUS_HEADERS, null);
    Generation current = generations.read(document, CURRENT, CURRENT_HEADERS, previous);
    if (!document.format().isUnderstood()) {
      return Decoded.whole(ofNewerNodes(document, current, previous));
    }
    if (!document.title().equals(TITLE)) {
      Generation found =
          current != null ? current : generations.read(document, "", CURRENT_HEADERS, null);
      return salvaged(found, previous, "it is not a record of AutoTls", now);
    }
    Optional<Job> job = JobCodec.read(document);
    if (!document.isComplete() || job.isEmpty()) {
      return salvaged(current, previous, "it was cut off or changed", now);
    }
    if (current == null && document.header("Current-Serial").isPresent()) {
      return salvaged(null, previous, "its key does not belong to its certificate", now);
    }
    RenewalPlan renewal = current == null ? null : RenewalPlanCodec.read(document, current, now);
    return Decoded.whole(
        new CertificateRecord(current, previous, job.get(), renewal)
            .with(names(document))
            .with(extras(document))
            .with(document.unknown(KNOWN)));
  }

  /** What is served of a record that this node must not write. */
  private CertificateRecord ofNewerNodes(
      Document document, @Nullable Generation current, @Nullable Generation previous) {
    Generation best = current != null ? current : previous;
    if (best == null) {
      best =
          document.sections().stream()
              .map(section -> generations.read(document, section, CURRENT_HEADERS, null))
              .filter(Objects::nonNull)
              .findFirst()
              .orElse(null);
    }
    Generation before = best == previous ? null : previous;
    return new CertificateRecord(best, before, Job.leftToNewerNodes(), null)
        .with(document.unknown(KNOWN));
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

  /**
   * What a record is for, as it says itself; empty if that makes no sense, or only to a newer
   * version.
   */
  static Optional<CertificateSpec> spec(byte[] value) {
    Document document = Document.parse(value);
    try {
      CertificateSpec.Builder spec =
          CertificateSpec.builder()
              .names(document.list("Names").toList())
              .keyType(KeyType.ofConfigName(document.header("Key-Type").orElse("")))
              .profiles(document.list("Profiles").toList());
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
}
