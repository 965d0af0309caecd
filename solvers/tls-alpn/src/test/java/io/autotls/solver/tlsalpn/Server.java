package io.autotls.solver.tlsalpn;

import io.autotls.tls.Keyring;
import io.autotls.tls.KeyringSslContext;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/**
 * A server that offers {@code acme-tls/1} beside HTTP, on a real socket; closes each connection
 * after the handshake. And those who visit it.
 */
final class Server implements AutoCloseable {
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final SSLServerSocket listening;

  /** What a visitor saw. */
  record Visit(X509Certificate certificate, String protocol) {}

  Server(Keyring keyring) throws IOException {
    listening =
        (SSLServerSocket)
            KeyringSslContext.create(keyring)
                .getServerSocketFactory()
                .createServerSocket(0, 100, InetAddress.getLoopbackAddress());
    SSLParameters parameters = listening.getSSLParameters();
    parameters.setApplicationProtocols(new String[] {"h2", "http/1.1", TlsAlpn01Solver.PROTOCOL});
    listening.setSSLParameters(parameters);
    threads.execute(this::acceptAll);
  }

  int port() {
    return listening.getLocalPort();
  }

  /** Visits with a client that remembers no session and trusts everybody, as a validator does. */
  Visit visit(String version, String serverName, String... protocols) throws IOException {
    Socket tcp = new Socket(InetAddress.getLoopbackAddress(), listening.getLocalPort());
    tcp.setSoTimeout(20_000);
    try (SSLSocket socket =
        (SSLSocket) trusting().getSocketFactory().createSocket(tcp, "unused_name", 0, true)) {
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setProtocols(new String[] {version});
      parameters.setServerNames(List.of(new SNIHostName(serverName)));
      parameters.setApplicationProtocols(protocols);
      socket.setSSLParameters(parameters);
      socket.startHandshake();
      socket.getInputStream().read(); // the end, or the alert of a server that refused
      return new Visit(
          (X509Certificate) socket.getSession().getPeerCertificates()[0],
          socket.getApplicationProtocol());
    }
  }

  @Override
  public void close() throws IOException {
    listening.close();
    threads.shutdownNow();
  }

  private void acceptAll() {
    try {
      while (true) {
        SSLSocket socket = (SSLSocket) listening.accept();
        threads.execute(() -> shakeHands(socket));
      }
    } catch (IOException e) {
      // closed
    }
  }

  private static void shakeHands(SSLSocket socket) {
    try (socket) {
      socket.setSoTimeout(20_000);
      socket.startHandshake();
      socket.shutdownOutput();
      socket.getInputStream().read();
    } catch (IOException e) {
      // The visitor sees the same failure.
    }
  }

  private static SSLContext trusting() {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {new TrustsEverybody()}, null);
      return context;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static final class TrustsEverybody implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
