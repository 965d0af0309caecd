package io.autotls.jetty;

import io.autotls.AcmeIssuer;
import io.autotls.AutoTls;
import io.autotls.solver.http.Http01Solver;
import io.autotls.storage.FileStorage;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.List;
import org.eclipse.jetty.server.Server;

/**
 * An application in a process of its own, to be killed. Says {@code enabled}, then {@code ready}
 * when it has its certificate. Arguments: directory of the CA, its root, folder, port, name.
 */
public final class KilledApplication {
  private KilledApplication() {}

  public static void main(String[] args) throws Exception {
    X509Certificate root;
    try (InputStream in = Files.newInputStream(Path.of(args[1]))) {
      root = (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
    }
    AutoTls tls =
        AutoTls.builder()
            .domains(args[4])
            .issuer(AcmeIssuer.builder(URI.create(args[0])).trustedRoots(List.of(root)).build())
            .agreeToTermsOfService()
            .storage(FileStorage.at(Path.of(args[2])))
            .solver(Http01Solver.embedded())
            .httpPort(Integer.parseInt(args[3]))
            .httpsPort(0)
            .enable();
    Server server = new Server();
    JettyAutoTls.install(server, tls);
    server.start();
    System.out.println("enabled");
    tls.ready().join();
    System.out.println("ready");
    server.join();
  }
}
