package io.autotls.tls;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * A TLS client that trusts everybody and tells what it saw. It remembers its sessions, as a browser
 * does. The JDK's client checks that the server has the key of the certificate that it shows.
 */
final class Visitor {
  private static final String MARK = "seen before";

  private final SSLContext context;
  private final String version;

  /** Whom a visitor asked for, and how. */
  record Request(String serverName, List<String> protocols, List<String> cipherSuites) {
    Request protocols(String... protocols) {
      return new Request(serverName, List.of(protocols), cipherSuites);
    }

    Request cipherSuites(String... suites) {
      return new Request(serverName, protocols, List.of(suites));
    }
  }

  /** What it got. */
  record Visit(List<X509Certificate> chain, String protocol, boolean resumed) {
    X509Certificate leaf() {
      return chain.get(0);
    }
  }

  Visitor(String version) {
    this.version = version;
    try {
      context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {new TrustsEverybody()}, null);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  static Request of(String serverName) {
    return new Request(serverName, List.of(), List.of());
  }

  static Request ofNobody() {
    return of("");
  }

  Visit visit(TlsServer server, String serverName) throws IOException {
    return visit(server, of(serverName));
  }

  Visit visit(TlsServer server, Request request) throws IOException {
    Socket tcp = new Socket(InetAddress.getLoopbackAddress(), server.port());
    tcp.setSoTimeout(20_000);
    // The JDK looks for a session to resume under this name. One with an underscore is never sent.
    String host = request.serverName().isEmpty() ? "no_name" : request.serverName();
    try (SSLSocket socket =
        (SSLSocket) context.getSocketFactory().createSocket(tcp, host, server.port(), true)) {
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setProtocols(new String[] {version});
      if (!request.serverName().isEmpty()) {
        parameters.setServerNames(List.of(new SNIHostName(request.serverName())));
      }
      if (!request.cipherSuites().isEmpty()) {
        parameters.setCipherSuites(request.cipherSuites().toArray(new String[0]));
      }
      parameters.setApplicationProtocols(request.protocols().toArray(new String[0]));
      socket.setSSLParameters(parameters);
      socket.startHandshake();
      if (socket.getInputStream().read() != TlsServer.GREETING) {
        throw new IOException("no greeting");
      }
      return seen(socket);
    }
  }

  private static Visit seen(SSLSocket socket) throws IOException {
    SSLSession session = socket.getSession();
    boolean resumed = session.getValue(MARK) != null;
    session.putValue(MARK, MARK);
    List<X509Certificate> chain = new ArrayList<>();
    for (var certificate : session.getPeerCertificates()) {
      chain.add((X509Certificate) certificate);
    }
    return new Visit(chain, socket.getApplicationProtocol(), resumed);
  }

  private static final class TrustsEverybody extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {}

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
