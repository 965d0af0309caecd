package io.autotls.testing.chaos;

import io.autotls.AutoTls;
import io.autotls.CertificateSpec;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The application of a node, a process of its own. It enables AutoTls, takes its time, as those do
 * that load a cache or migrate a database first, and only then opens its ports. Asked to end, it
 * closes both in an order that is as common as the other one.
 */
final class Application {
  static final String SERVER = "chaos.server";
  static final String CERTIFICATES = "chaos.certificates";
  static final String BOOT_MILLIS = "chaos.boot-millis";
  static final String FAREWELL = "chaos.farewell";

  static final String ENABLED = "CHAOS: enabled";
  static final String SERVING = "CHAOS: serving";

  /** What an application closes first. */
  enum Farewell {
    SERVER_FIRST,
    AUTOTLS_FIRST
  }

  private final CountDownLatch ending = new CountDownLatch(1);
  private @Nullable AutoTls tls; // guarded by this; null before the start, and after the end
  private ServerKind.@Nullable Running server; // guarded by this; null while it does not listen

  private Application() {}

  public static void main(String[] args) throws Exception {
    Application application = new Application();
    Runtime.getRuntime().addShutdownHook(new Thread(application::end, "farewell"));
    application.run();
  }

  private void run() throws Exception {
    ServerKind kind = ServerKind.valueOf(System.getProperty(SERVER));
    enable(kind);
    System.out.println(ENABLED);
    Duration boot = Duration.ofMillis(Long.getLong(BOOT_MILLIS));
    if (!ending.await(boot.toMillis(), TimeUnit.MILLISECONDS)) {
      serve(kind);
    }
    ending.await();
  }

  private synchronized void enable(ServerKind kind) {
    AutoTls.Builder builder = AutoTls.builder().configuration(Path.of("autotls.properties"));
    for (String certificate : System.getProperty(CERTIFICATES).split(",")) {
      String[] nameAndProfile = certificate.split("=");
      builder.certificate(
          CertificateSpec.builder().names(nameAndProfile[0]).profile(nameAndProfile[1]).build());
    }
    kind.configure(builder, Integer.getInteger("autotls.http.port"));
    tls = builder.enable();
  }

  private synchronized void serve(ServerKind kind) throws Exception {
    if (tls != null) {
      server = kind.start(tls);
      System.out.println(SERVING);
    }
  }

  /** In the one or the other order. */
  private synchronized void end() {
    ending.countDown();
    if (Farewell.valueOf(System.getProperty(FAREWELL)) == Farewell.SERVER_FIRST) {
      stopServer();
      closeAutoTls();
    } else {
      closeAutoTls();
      stopServer();
    }
  }

  private synchronized void stopServer() {
    try {
      if (server != null) {
        server.stop();
        server = null;
      }
    } catch (Exception e) {
      System.getLogger(Application.class.getName())
          .log(System.Logger.Level.WARNING, "the server cannot be stopped", e);
    }
  }

  private synchronized void closeAutoTls() {
    if (tls != null) {
      tls.close();
      tls = null;
    }
  }
}
