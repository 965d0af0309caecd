package io.autotls.benchmarks;

import io.autotls.AutoTls;
import io.autotls.jetty.JettyAutoTls;
import java.nio.file.Files;
import java.nio.file.Path;
import org.eclipse.jetty.server.Server;

/** The same application with AutoTls and a stored certificate. */
public final class AutoTlsApplication {
  private AutoTlsApplication() {}

  public static void main(String[] args) throws Exception {
    Path folder = Path.of(args[0]);
    System.setProperty("autotls.domains", StartupBenchmark.NAME);
    System.setProperty("autotls.agree-tos", "true");
    System.setProperty("autotls.ca", Files.readString(folder.resolve("ca")));
    System.setProperty("autotls.ca.trust", folder.resolve("ca.pem").toString());
    System.setProperty("autotls.storage", "file:" + folder.resolve("storage"));
    System.setProperty("autotls.http.port", "0");
    System.setProperty("autotls.https.port", "0");
    Server server = new Server();
    server.setHandler(new Hello());
    JettyAutoTls installed = JettyAutoTls.install(server, AutoTls.enable());
    server.start();
    System.out.println(installed.httpsConnector().getLocalPort());
    server.join();
  }
}
