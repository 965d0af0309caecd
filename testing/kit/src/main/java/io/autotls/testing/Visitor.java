package io.autotls.testing;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Somebody who connects to a server on this machine under any name, with a full handshake every
 * time: a TLS session that is resumed would show the certificate of before. Immutable.
 */
public final class Visitor {
  private static final int TIMEOUT_MILLIS = 10_000;

  private final TrustManager[] trust;
  private final Verification verification;

  private enum Verification {
    NAME_AND_CHAIN,
    NONE
  }

  private Visitor(TrustManager[] trust, Verification verification) {
    this.trust = trust;
    this.verification = verification;
  }

  /** A visitor who verifies chain, dates and name, and trusts these roots only. */
  public static Visitor trusting(List<X509Certificate> roots) {
    try {
      KeyStore anchors = KeyStore.getInstance(KeyStore.getDefaultType());
      anchors.load(null, null);
      for (X509Certificate root : roots) {
        anchors.setCertificateEntry(root.getSerialNumber().toString(16), root);
      }
      TrustManagerFactory factory =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init(anchors);
      return new Visitor(factory.getTrustManagers(), Verification.NAME_AND_CHAIN);
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("cannot trust a root", e);
    }
  }

  /** A visitor who looks at whatever is presented. */
  public static Visitor curious() {
    return new Visitor(new TrustManager[] {new TrustAll()}, Verification.NONE);
  }

  /**
   * What a handshake came to.
   *
   * @param protocol what ALPN chose; null if nothing
   */
  public record Handshake(X509Certificate leaf, @Nullable String protocol) {}

  /** Shakes hands, offering these protocols. */
  public Handshake handshake(String name, int port, String... protocols) throws IOException {
    try (SSLSocket socket = connect(name, port, protocols)) {
      return handshake(socket);
    }
  }

  private static Handshake handshake(SSLSocket socket) throws IOException {
    String protocol = socket.getApplicationProtocol();
    return new Handshake(
        (X509Certificate) socket.getSession().getPeerCertificates()[0],
        protocol == null || protocol.isEmpty() ? null : protocol);
  }

  /** Makes one request by HTTP/1.1 over TLS; returns what was presented. */
  public Handshake get(String name, int port) throws IOException {
    try (SSLSocket socket = connect(name, port, "http/1.1")) {
      String head =
          exchange(socket, "GET / HTTP/1.1\r\nHost: " + name + "\r\nConnection: close\r\n\r\n");
      if (!head.startsWith("HTTP/1.1 200")) {
        throw new IOException("answered " + head.lines().findFirst().orElse("nothing"));
      }
      return handshake(socket);
    }
  }

  /** Makes one request without TLS; returns the whole answer. */
  public static String plain(int port, String method, String host, String target)
      throws IOException {
    try (Socket socket = socket(port)) {
      return exchange(
          socket,
          method
              + " "
              + target
              + " HTTP/1.1\r\nHost: "
              + host
              + "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    }
  }

  private static String exchange(Socket socket, String request) throws IOException {
    socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
    socket.getOutputStream().flush();
    InputStream in = new BufferedInputStream(socket.getInputStream());
    return new String(in.readNBytes(64 * 1024), StandardCharsets.ISO_8859_1);
  }

  private SSLSocket connect(String name, int port, String... protocols) throws IOException {
    Socket plain = socket(port);
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trust, null);
      SSLSocket socket =
          (SSLSocket) context.getSocketFactory().createSocket(plain, name, port, true);
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setServerNames(List.of(new SNIHostName(name)));
      parameters.setApplicationProtocols(protocols);
      if (verification == Verification.NAME_AND_CHAIN) {
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
      }
      socket.setSSLParameters(parameters);
      socket.startHandshake();
      return socket;
    } catch (GeneralSecurityException e) {
      plain.close();
      throw new IllegalStateException("this Java platform has no TLS", e);
    } catch (IOException e) {
      plain.close();
      throw e;
    }
  }

  private static Socket socket(int port) throws IOException {
    Socket socket = new Socket();
    socket.setSoTimeout(TIMEOUT_MILLIS);
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), TIMEOUT_MILLIS);
    return socket;
  }

  private static final class TrustAll extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkClientTrusted(
        X509Certificate[] chain, String type, javax.net.ssl.SSLEngine engine) {}

    @Override
    public void checkServerTrusted(
        X509Certificate[] chain, String type, javax.net.ssl.SSLEngine engine) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
