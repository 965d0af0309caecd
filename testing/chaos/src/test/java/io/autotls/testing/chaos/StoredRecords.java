package io.autotls.testing.chaos;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Looks at the records in the folder again and again, and remembers every generation that was
 * stored, and every verdict: where there is no certificate yet, or a CA is left alone, a time that
 * lies further away than any CA here asks for.
 *
 * <p>It reads what an operator reads, the headers, and shares no code with AutoTls.
 */
final class StoredRecords implements AutoCloseable {
  private static final Duration PAUSE = Duration.ofMillis(100);
  private static final Pattern HEADER = Pattern.compile("(?m)^([A-Za-z][\\w.-]*): *(.*)$");
  private static final Pattern INSTANT =
      Pattern.compile("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(?:\\.\\d+)?Z");

  private final Path folder;
  private final Duration longestWait;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread thread = new Thread(this::lookAgainAndAgain, "stored records");
  private final Map<String, Set<BigInteger>> generations = new HashMap<>(); // guarded by this
  private final Set<String> verdicts = new LinkedHashSet<>(); // guarded by this

  private StoredRecords(Path folder, Duration longestWait) {
    this.folder = folder;
    this.longestWait = longestWait;
  }

  /**
   * Begins to look.
   *
   * @param storage the folder of the storage
   * @param longestWait what is put off further than that is a verdict
   */
  static StoredRecords watch(Path storage, Duration longestWait) {
    StoredRecords records = new StoredRecords(storage.resolve("certificates"), longestWait);
    records.thread.setDaemon(true);
    records.thread.start();
    return records;
  }

  private void lookAgainAndAgain() {
    try {
      do {
        look();
      } while (!closed.await(PAUSE.toMillis(), TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized void look() {
    for (String text : texts()) {
      Map<String, String> headers = headers(text);
      Set<BigInteger> serials =
          generations.computeIfAbsent(
              headers.getOrDefault("Names", "?"), name -> new LinkedHashSet<>());
      Stream.of("Previous-Serial", "Current-Serial")
          .map(headers::get)
          .filter(serial -> serial != null)
          .forEach(serial -> serials.add(new BigInteger(serial, 16)));
      findVerdicts(headers);
    }
  }

  private void findVerdicts(Map<String, String> headers) {
    Instant latest = Instant.now().plus(longestWait);
    headers.forEach(
        (header, value) -> {
          boolean due = header.equals("Job-Due") && !headers.containsKey("Current-Serial");
          if (due || header.startsWith("Hold-")) {
            Matcher until = INSTANT.matcher(value);
            if (until.find() && Instant.parse(until.group()).isAfter(latest)) {
              verdicts.add(headers.get("Names") + ": " + header + ": " + value);
            }
          }
        });
  }

  /** Whether somebody has begun to work for a certificate. */
  boolean workHasBegun() {
    return texts().stream().map(StoredRecords::headers).anyMatch(h -> h.containsKey("Job-Issuer"));
  }

  /** The records as they are now. */
  List<String> texts() {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> file.toString().endsWith(".entry"))
          .flatMap(file -> text(file).stream())
          .toList();
    } catch (NoSuchFileException e) {
      return List.of();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Optional<String> text(Path file) {
    try {
      return Optional.of(Files.readString(file, StandardCharsets.UTF_8));
    } catch (IOException e) {
      return Optional.empty(); // replaced or removed at this moment
    }
  }

  private static Map<String, String> headers(String text) {
    Map<String, String> headers = new HashMap<>();
    Matcher matcher = HEADER.matcher(text);
    while (matcher.find()) {
      headers.putIfAbsent(matcher.group(1), matcher.group(2).strip());
    }
    return headers;
  }

  /** The serial numbers of all certificates that were ever stored for a name. */
  synchronized Set<BigInteger> generations(String name) {
    look();
    return Set.copyOf(generations.getOrDefault(name, Set.of()));
  }

  /** What was put off for longer than makes sense, as it stood in the records. */
  synchronized List<String> verdicts() {
    return List.copyOf(verdicts);
  }

  @Override
  public void close() {
    closed.countDown();
  }
}
