package io.autotls.examples;

import io.autotls.testing.ca.TestCa;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Properties;

/**
 * The CA of an example: the one that {@code -Dautotls.ca} or {@code AUTOTLS_CA} names, or else one
 * in this process, so that the example needs no internet, no domain and no privileges.
 */
final class Authority implements AutoCloseable {
  /** Short, so that a renewal can be watched: it comes at half of it. */
  private static final Duration LIFETIME = Duration.ofSeconds(20);

  private static final List<String> OURS =
      List.of("autotls.ca", "autotls.ca.trust", "autotls.storage");

  private final TestCa ca; // null if another CA was named
  private final Path folder; // null if another CA was named

  private Authority(TestCa ca, Path folder) {
    this.ca = ca;
    this.folder = folder;
  }

  static Authority configured(PrintStream out) throws IOException {
    String named = System.getProperty("autotls.ca", System.getenv("AUTOTLS_CA"));
    if (named != null) {
      out.println("CA: " + named);
      return new Authority(null, null);
    }
    Properties file = new Properties();
    try (var in = Authority.class.getResourceAsStream("/autotls.properties")) {
      file.load(in);
    }
    TestCa ca =
        TestCa.builder()
            .withoutTermsOfService()
            .certificateLifetime(LIFETIME)
            .httpPort(port(file, "autotls.http.port"))
            .tlsPort(port(file, "autotls.https.port"))
            .start();
    Path folder = Files.createTempDirectory("autotls-example");
    Path trust = folder.resolve("ca.pem");
    ca.writeHttpsRoot(trust);
    // System properties go before autotls.properties, which knows nothing of a CA in this process.
    System.setProperty("autotls.ca", ca.directory().toString());
    System.setProperty("autotls.ca.trust", trust.toString());
    System.setProperty("autotls.storage", "file:" + folder.resolve("storage"));
    out.println("CA: in this process, " + ca.directory());
    return new Authority(ca, folder);
  }

  private static int port(Properties file, String key) {
    return Integer.parseInt(System.getProperty(key, file.getProperty(key)));
  }

  /** What a visitor has to trust besides the public roots. */
  List<X509Certificate> roots() {
    return ca == null ? List.of() : List.of(ca.root());
  }

  @Override
  public void close() {
    if (ca == null) {
      return;
    }
    ca.close();
    OURS.forEach(System::clearProperty);
    try {
      Files.walkFileTree(folder, new Deletion());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot remove " + folder, e);
    }
  }

  private static final class Deletion extends SimpleFileVisitor<Path> {
    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
      Files.delete(file);
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path folder, IOException e) throws IOException {
      Files.delete(folder);
      return FileVisitResult.CONTINUE;
    }
  }
}
