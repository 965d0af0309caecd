package io.autotls.internal.cluster;

import io.autotls.internal.text.Document;
import io.autotls.spi.Key;
import io.autotls.spi.KeyPrefix;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * An outage as one node tells it to the others, in an entry that people can read:
 *
 * <pre>
 * AutoTls issuer outage
 * Issuer: acme-v02.api.letsencrypt.org_directory
 * Node: 5f0c3a9be1d27764
 * Found: 2026-11-24T21:40:00Z
 * Until: 2026-11-24T23:40:00Z
 * End: NAMED_BY_CA
 * Problem: the CA answered 503 Service Unavailable
 *
 * End of AutoTls issuer outage
 * </pre>
 *
 * @param issuer the id of the issuer
 * @param node who found it; another name after each start
 */
record OutageReport(String issuer, String node, Outage outage) {
  static final KeyPrefix PREFIX = KeyPrefix.of("issuers/");

  private static final String TITLE = "AutoTls issuer outage";
  private static final int LONGEST_VALUE = 4_096;
  private static final int LONGEST_NODE = 64;

  /** Where the report on an issuer is stored. */
  static Key key(String issuer) {
    return PREFIX.key(issuer);
  }

  public byte[] encode() {
    return new Document.Writer(TITLE)
        .header("Issuer", issuer)
        .header("Node", node)
        .header("Found", outage.found())
        .header("Until", outage.until())
        .header("End", outage.end())
        .header("Problem", outage.what())
        .toBytes();
  }

  /** Reads the report on that issuer; empty if it is none, torn, or makes no sense. */
  public static Optional<OutageReport> decode(byte[] value, String issuer) {
    if (value.length > LONGEST_VALUE) {
      return Optional.empty();
    }
    Document document = Document.parse(value);
    boolean ours =
        document.isComplete()
            && document.title().equals(TITLE)
            && document.header("Issuer").equals(Optional.of(issuer));
    try {
      return ours
          ? Optional.of(new OutageReport(issuer, node(document), outage(document)))
          : none();
    } catch (DateTimeException | ArithmeticException | IllegalArgumentException e) {
      return none();
    }
  }

  private static Optional<OutageReport> none() {
    return Optional.empty();
  }

  private static String node(Document document) {
    return document
        .header("Node")
        .filter(name -> name.length() <= LONGEST_NODE)
        .orElseThrow(() -> new IllegalArgumentException("nobody's report"));
  }

  private static Outage outage(Document document) {
    Instant found = Instant.parse(document.header("Found").orElse(""));
    Instant until = Instant.parse(document.header("Until").orElse(""));
    Duration pause = Duration.between(found, until);
    if (pause.isNegative() || pause.isZero()) {
      throw new IllegalArgumentException("it ends before it begins");
    }
    Outage.End end = Outage.End.valueOf(document.header("End").orElse(""));
    return new Outage(found, pause, end, document.header("Problem").orElse("no reason is told."));
  }
}
