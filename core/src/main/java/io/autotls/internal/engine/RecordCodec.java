package io.autotls.internal.engine;

import io.autotls.CertificateSpec;
import io.autotls.Problem;
import io.autotls.internal.text.Document;
import io.autotls.internal.text.Keys;
import io.autotls.tls.Credential;
import java.io.ByteArrayInputStream;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Records as text: headers for people, PEM for {@code openssl}, the credential in service first.
 */
final class RecordCodec {
  private static final String TITLE = "AutoTls certificate record";
  private static final String CERTIFICATE = "CERTIFICATE";
  private static final String CURRENT = "current";
  private static final String PREVIOUS = "previous";
  private static final String PENDING = "pending";
  private static final String STATE_PREFIX = "Job-State-";

  private RecordCodec() {}

  /**
   * What was read: a record, and what is wrong with the stored text, if anything is.
   *
   * @param damage null if the text was whole; else what is wrong, and {@code record} is what could
   *     be saved from it
   */
  record Decoded(CertificateRecord record, @Nullable String damage) {}

  static byte[] encode(CertificateSpec spec, CertificateRecord record) {
    Job job = record.job();
    Document.Writer writer = new Document.Writer(TITLE);
    writer.header("Names", String.join(", ", spec.names()));
    writer.header("Key-Type", spec.keyType().configName());
    writer.header("Profile", spec.profile().orElse(null));
    writeOrigin(writer, "Current", record.current());
    writeOrigin(writer, "Previous", record.previous());
    writer.header("Job-Phase", job.phase());
    writer.header("Job-Due", job.dueAt());
    writer.header("Job-Issuer", job.issuerId());
    writer.header("Job-Attempt", job.attempt());
    writer.header("Job-Step-Failures", job.stepFailures());
    job.state().entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(entry -> writer.header(STATE_PREFIX + entry.getKey(), entry.getValue()));
    writeProblem(writer, job.lastProblem());
    writeGeneration(writer, CURRENT, record.current());
    writeGeneration(writer, PREVIOUS, record.previous());
    if (job.pendingKey() != null) {
      writer.section(PENDING);
      Keys.write(writer, job.pendingKey());
    }
    return writer.toBytes();
  }

  private static void writeOrigin(
      Document.Writer writer, String which, @Nullable Generation generation) {
    if (generation != null) {
      Credential credential = generation.credential();
      writer.header(which + "-Issuer", generation.issuerId());
      writer.header(which + "-Obtained", generation.obtainedAt());
      writer.header(which + "-Valid-Until", credential.notAfter());
      writer.header(which + "-Serial", credential.leaf().getSerialNumber().toString(16));
    }
  }

  private static void writeProblem(Document.Writer writer, @Nullable Problem problem) {
    if (problem != null) {
      writer.header("Problem-At", problem.at());
      writer.header("Problem-What", problem.what());
      writer.header("Problem-Next", problem.next());
      writer.header("Problem-Next-Attempt", problem.nextAttempt());
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
    for (X509Certificate certificate : generation.credential().chain()) {
      writer.block(CERTIFICATE, encoded(certificate));
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
  static Decoded decode(byte[] value, Instant now) {
    Document document = Document.parse(value);
    if (value.length == 0) {
      return new Decoded(CertificateRecord.first(now), "it is empty");
    }
    boolean ours = document.title().equals(TITLE);
    Generation current = generation(document, ours ? CURRENT : "", "Current", now);
    Generation previous = generation(document, PREVIOUS, "Previous", now);
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
    return new Decoded(new CertificateRecord(current, previous, job.get()), null);
  }

  private static Decoded salvaged(
      @Nullable Generation current, @Nullable Generation previous, String damage, Instant now) {
    Generation best = current != null ? current : previous;
    return new Decoded(
        new CertificateRecord(best, best == previous ? null : previous, Job.first(now)), damage);
  }

  private static @Nullable Generation generation(
      Document document, String section, String headers, Instant now) {
    List<byte[]> keys = document.blocks(section, Keys.PRIVATE_KEY);
    List<byte[]> certificates = document.blocks(section, CERTIFICATE);
    if (keys.size() != 1 || certificates.isEmpty()) {
      return null;
    }
    try {
      List<X509Certificate> chain = new ArrayList<>();
      for (byte[] der : certificates) {
        chain.add(certificate(der));
      }
      Credential credential =
          Credential.of(Keys.privateKey(keys.get(0), chain.get(0).getPublicKey()), chain);
      return new Generation(
          credential,
          document.header(headers + "-Issuer").orElse("unknown"),
          instant(document, headers + "-Obtained").orElse(now));
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      return null; // no usable credential; the caller says so
    }
  }

  private static X509Certificate certificate(byte[] der) throws CertificateException {
    CertificateFactory factory = CertificateFactory.getInstance("X.509");
    return (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(der));
  }

  private static Optional<Job> job(Document document) {
    Optional<Instant> due = instant(document, "Job-Due");
    Optional<Integer> attempt = number(document, "Job-Attempt");
    Optional<Integer> stepFailures = number(document, "Job-Step-Failures");
    if (due.isEmpty() || attempt.isEmpty() || stepFailures.isEmpty()) {
      return Optional.empty();
    }
    KeyPair pendingKey = Keys.read(document, PENDING).orElse(null);
    Map<String, String> state = new LinkedHashMap<>();
    if (pendingKey != null) {
      document.headers().entrySet().stream()
          .filter(entry -> entry.getKey().startsWith(STATE_PREFIX))
          .collect(
              Collectors.toMap(
                  entry -> entry.getKey().substring(STATE_PREFIX.length()), Map.Entry::getValue))
          .forEach(state::put);
    }
    return Optional.of(
        new Job(
            document.header("Job-Issuer").orElse(null),
            pendingKey,
            state,
            document.header("Job-Phase").orElse(Job.IDLE),
            attempt.get(),
            stepFailures.get(),
            due.get(),
            problem(document)));
  }

  private static @Nullable Problem problem(Document document) {
    Optional<Instant> at = instant(document, "Problem-At");
    Optional<Instant> nextAttempt = instant(document, "Problem-Next-Attempt");
    if (at.isEmpty() || nextAttempt.isEmpty()) {
      return null;
    }
    return new Problem(
        at.get(),
        document.header("Problem-What").orElse(""),
        document.header("Problem-Next").orElse(""),
        nextAttempt.get(),
        document.header("Problem-Advice").orElse(""));
  }

  private static Optional<Instant> instant(Document document, String header) {
    try {
      return document.header(header).map(Instant::parse);
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }

  private static Optional<Integer> number(Document document, String header) {
    return document.header(header).filter(text -> text.matches("\\d{1,9}")).map(Integer::valueOf);
  }
}
