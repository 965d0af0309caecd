package io.autotls.benchmarks;

import io.autotls.AcmeIssuer;
import io.autotls.AutoTls;
import io.autotls.solver.http.Http01Solver;
import io.autotls.storage.FileStorage;
import io.autotls.testing.ca.TestCa;
import io.autotls.tls.Credential;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.ServerSocket;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/**
 * What AutoTls adds to a cold start: the time from the start of a JVM to the end of the first TLS
 * handshake with a Jetty application, with a stored certificate and beside the same application
 * with a static key store, in turn.
 */
final class StartupBenchmark implements Benchmarks.Benchmark {
  static final String NAME = "startup.example";
  private static final int ROUNDS = 11;

  private final PrintStream out;

  StartupBenchmark(PrintStream out) {
    this.out = out;
  }

  @Override
  public void run() throws Exception {
    Path folder = Files.createTempDirectory("autotls-startup");
    try (TestCa ca = TestCa.builder().start()) {
      Credential credential = obtain(ca, folder);
      Path keyStore = folder.resolve("static.p12");
      store(credential, keyStore);
      List<Long> plain = new ArrayList<>();
      List<Long> autoTls = new ArrayList<>();
      start(ca, StaticApplication.class, keyStore.toString()); // fills the disk cache, not counted
      start(ca, AutoTlsApplication.class, folder.toString());
      for (int round = 0; round < ROUNDS; round++) {
        plain.add(start(ca, StaticApplication.class, keyStore.toString()));
        autoTls.add(start(ca, AutoTlsApplication.class, folder.toString()));
      }
      out.println("startup.static.ms = " + median(plain));
      out.println("startup.autotls.ms = " + median(autoTls));
      out.println("startup.added.ms = " + (median(autoTls) - median(plain)));
      out.println("startup.rounds = " + ROUNDS);
    } finally {
      delete(folder);
    }
  }

  /** Fills a storage as a first run of the application would have done. */
  private static Credential obtain(TestCa ca, Path folder) throws Exception {
    int port = freePort();
    ca.httpPort(port);
    try (AutoTls tls =
        AutoTls.builder()
            .domains(NAME)
            .agreeToTermsOfService()
            .issuer(
                AcmeIssuer.builder(ca.directory()).trustedRoots(List.of(ca.httpsRoot())).build())
            .storage(FileStorage.at(folder.resolve("storage")))
            .solver(Http01Solver.listening(port))
            .enable()) {
      tls.ready().get(1, TimeUnit.MINUTES);
      // The application asks the CA for nothing: its certificate is good for months.
      Files.writeString(folder.resolve("ca"), ca.directory().toString());
      ca.writeHttpsRoot(folder.resolve("ca.pem"));
      return tls.keyring().find(NAME);
    }
  }

  private static void store(Credential credential, Path file) throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setKeyEntry(
        NAME,
        credential.privateKey(),
        StaticApplication.PASSWORD.toCharArray(),
        credential.chain().toArray(new Certificate[0]));
    try (OutputStream target = Files.newOutputStream(file)) {
      store.store(target, StaticApplication.PASSWORD.toCharArray());
    }
  }

  /** Starts a JVM, shakes hands once, and ends it; returns the milliseconds that this took. */
  private long start(TestCa ca, Class<?> application, String argument) throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            classPath(),
            application.getName(),
            argument);
    builder.redirectError(ProcessBuilder.Redirect.INHERIT);
    SSLContext client = ca.sslContext();
    long begin = System.nanoTime();
    Process process = builder.start();
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      String line = lines.readLine();
      if (line == null) {
        throw new IOException(application.getSimpleName() + " ended with " + process.waitFor());
      }
      try (SSLSocket socket =
          (SSLSocket)
              client.getSocketFactory().createSocket("localhost", Integer.parseInt(line.trim()))) {
        socket.startHandshake();
      }
      return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
    } finally {
      process.destroy();
      process.waitFor();
    }
  }

  private static String classPath() {
    if (StartupBenchmark.class.getClassLoader() instanceof URLClassLoader loader) {
      return Arrays.stream(loader.getURLs()).map(URL::getPath).collect(Collectors.joining(":"));
    }
    return System.getProperty("java.class.path");
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private static long median(List<Long> values) {
    List<Long> sorted = new ArrayList<>(values);
    Collections.sort(sorted);
    return sorted.get(sorted.size() / 2);
  }

  private static void delete(Path folder) throws IOException {
    try (var files = Files.walk(folder)) {
      for (Path file : files.sorted(Collections.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
