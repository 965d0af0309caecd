package io.autotls.testing;

import io.autotls.tls.Credential;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.function.Supplier;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * Somebody who connects to a server on this machine under any name, with a full handshake every
 * time: a TLS session that is resumed would show the certificate of before. Those who want just
 * that begin with {@link #returning}. Safe for use by many threads.
 */
public final class Visitor {
  private static final int TIMEOUT_MILLIS = 20_000;
  private static final int LONGEST_ANSWER = 64 * 1024;
  private static final String ACME_TLS = "acme-tls/1";

  private final KeyManager[] keys;
  private final TrustManager[] trust;
  private final Verification verification;
  private final Supplier<Socket> sockets;
  private final @Nullable SSLContext memory; // null: remembers no session
  private final List<String> cipherSuites; // empty for those of the JDK

  private enum Verification {
    NAME_AND_CHAIN,
    NONE
  }

  private Visitor(
      KeyManager[] keys,
      TrustManager[] trust,
      Verification verification,
      Supplier<Socket> sockets,
      @Nullable SSLContext memory,
      List<String> cipherSuites) {
    this.keys = keys;
    this.trust = trust;
    this.verification = verification;
    this.sockets = sockets;
    this.memory = memory;
    this.cipherSuites = cipherSuites;
  }

  /** A visitor who verifies chain, dates and name, and trusts these roots only. */
  public static Visitor trusting(List<X509Certificate> roots) {
    try {
      KeyStore anchors = emptyKeyStore();
      for (X509Certificate root : roots) {
        anchors.setCertificateEntry(root.getSerialNumber().toString(16), root);
      }
      TrustManagerFactory factory =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init(anchors);
      return new Visitor(
          new KeyManager[0],
          factory.getTrustManagers(),
          Verification.NAME_AND_CHAIN,
          Socket::new,
          null,
          List.of());
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("cannot trust a root", e);
    }
  }

  /** A visitor who looks at whatever is presented. */
  public static Visitor curious() {
    return new Visitor(
        new KeyManager[0],
        new TrustManager[] {new TrustsEverybody()},
        Verification.NONE,
        Socket::new,
        null,
        List.of());
  }

  /** The same visitor, who from now on remembers TLS sessions and resumes them. */
  public Visitor returning() {
    return new Visitor(keys, trust, verification, sockets, newContext(), cipherSuites);
  }

  /** The same visitor, whose messages arrive byte by byte. */
  public Visitor inSmallPieces() {
    return new Visitor(keys, trust, verification, ByteByByte::new, memory, cipherSuites);
  }

  /** The same visitor, before whose first message a load balancer says {@code line}. */
  public Visitor behindProxy(String line) {
    return new Visitor(keys, trust, verification, () -> new Announced(line), memory, cipherSuites);
  }

  /** The same visitor, who by TLS 1.2 offers these cipher suites only, the preferred one first. */
  public Visitor offering(String... cipherSuites) {
    return new Visitor(keys, trust, verification, sockets, memory, List.of(cipherSuites));
  }

  /** The same visitor, who shows a certificate if asked for one. */
  public Visitor showing(Credential credential) {
    try {
      KeyStore store = emptyKeyStore();
      store.setKeyEntry(
          "visitor",
          credential.privateKey(),
          new char[0],
          credential.chain().toArray(X509Certificate[]::new));
      KeyManagerFactory factory =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      factory.init(store, new char[0]);
      return new Visitor(
          factory.getKeyManagers(), trust, verification, sockets, null, cipherSuites);
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("cannot show a certificate", e);
    }
  }

  /**
   * What a handshake came to.
   *
   * @param protocol what ALPN chose; null if nothing
   * @param data what the server said to a request by HTTP/1.1; empty if that was not the protocol
   * @param session when the TLS session began
   * @param cipherSuite as Java names it
   */
  public record Handshake(
      X509Certificate leaf,
      @Nullable String protocol,
      String data,
      Instant session,
      String cipherSuite) {
    /** Whether this one went on with the session of {@code before}. */
    public boolean resumes(Handshake before) {
      return session.equals(before.session);
    }
  }

  /** Shakes hands, offering these protocols. */
  public Handshake handshake(String name, int port, String... protocols) throws IOException {
    return handshake(port, Hello.to(name, protocols));
  }

  /**
   * Shakes hands, and makes one request unless something else than HTTP/1.1 was negotiated: so that
   * tickets for the next time arrive, and the refusal of a client certificate.
   */
  public Handshake handshake(int port, Hello hello) throws IOException {
    String host = hello.serverName() == null ? "localhost" : hello.serverName();
    try (Socket plain = connect(sockets.get(), port);
        SSLSocket socket =
            (SSLSocket) context().getSocketFactory().createSocket(plain, host, port, true)) {
      socket.setSSLParameters(parameters(socket, hello));
      socket.startHandshake();
      return outcome(socket, talk(socket, host, socket.getApplicationProtocol()));
    }
  }

  /**
   * Shakes hands as {@code first} says, then once more on the same connection as {@code second}
   * says, and makes a request by HTTP/1.1. By TLS 1.2, later versions know no such thing.
   */
  public Handshake renegotiate(int port, Hello first, Hello second) throws IOException {
    String host = second.serverName();
    try (Socket plain = connect(sockets.get(), port);
        SSLSocket socket =
            (SSLSocket) context().getSocketFactory().createSocket(plain, host, port, true)) {
      socket.setSSLParameters(parameters(socket, first));
      socket.startHandshake();
      socket.setSSLParameters(parameters(socket, second));
      socket.startHandshake();
      return outcome(socket, exchange(socket, request("GET", host, "/")));
    }
  }

  private static Handshake outcome(SSLSocket socket, String data) throws IOException {
    String protocol = socket.getApplicationProtocol();
    return new Handshake(
        (X509Certificate) socket.getSession().getPeerCertificates()[0],
        protocol.isEmpty() ? null : protocol,
        data,
        Instant.ofEpochMilli(socket.getSession().getCreationTime()),
        socket.getSession().getCipherSuite());
  }

  private SSLParameters parameters(SSLSocket socket, Hello hello) {
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setServerNames(
        hello.serverName() == null ? List.of() : List.of(new SNIHostName(hello.serverName())));
    parameters.setApplicationProtocols(hello.protocols().toArray(String[]::new));
    parameters.setProtocols(hello.versions().toArray(String[]::new));
    if (!cipherSuites.isEmpty()) {
      parameters.setCipherSuites(cipherSuites.toArray(String[]::new));
    }
    if (verification == Verification.NAME_AND_CHAIN) {
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
    }
    return parameters;
  }

  private static String talk(SSLSocket socket, String host, String protocol) throws IOException {
    return switch (protocol) {
      case "h2" -> "";
      case ACME_TLS -> read(socket);
      default -> exchange(socket, request("GET", host, "/"));
    };
  }

  /** Makes one request by HTTP/1.1 over TLS, which must succeed; returns what was presented. */
  public Handshake get(String name, int port) throws IOException {
    Handshake handshake = handshake(name, port, "http/1.1");
    if (!handshake.data().startsWith("HTTP/1.1 200")) {
      throw new IOException("answered " + handshake.data().lines().findFirst().orElse("nothing"));
    }
    return handshake;
  }

  /** Makes one request without TLS; returns the whole answer. */
  public static String plain(int port, String method, String host, String target)
      throws IOException {
    return say(port, request(method, host, target));
  }

  /** What the server answers to a text without TLS. */
  public static String say(int port, String text) throws IOException {
    try (Socket socket = connect(new Socket(), port)) {
      return exchange(socket, text);
    }
  }

  private static String request(String method, String host, String target) {
    return method
        + " "
        + target
        + " HTTP/1.1\r\nHost: "
        + host
        + "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
  }

  private static String exchange(Socket socket, String request) throws IOException {
    socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
    socket.getOutputStream().flush();
    return read(socket);
  }

  private static String read(Socket socket) throws IOException {
    byte[] answer = socket.getInputStream().readNBytes(LONGEST_ANSWER);
    return new String(answer, StandardCharsets.ISO_8859_1);
  }

  private SSLContext context() {
    return memory != null ? memory : newContext();
  }

  private SSLContext newContext() {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys, trust, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java platform has no TLS", e);
    }
  }

  private static Socket connect(Socket socket, int port) throws IOException {
    socket.setSoTimeout(TIMEOUT_MILLIS);
    socket.setTcpNoDelay(true);
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), TIMEOUT_MILLIS);
    return socket;
  }

  private static KeyStore emptyKeyStore() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }

  private static final class ByteByByte extends Socket {
    @Override
    public OutputStream getOutputStream() throws IOException {
      return new FilterOutputStream(super.getOutputStream()); // writes single bytes
    }
  }

  /** A connection that begins with a line of somebody else. */
  private static final class Announced extends Socket {
    private final String line;

    Announced(String line) {
      this.line = line;
    }

    @Override
    public void connect(SocketAddress endpoint, int timeout) throws IOException {
      super.connect(endpoint, timeout);
      getOutputStream().write(line.getBytes(StandardCharsets.US_ASCII));
    }
  }
}
