package io.autotls.testing.ca.internal.validation;

import io.autotls.testing.ca.internal.dns.DnsClient;
import io.autotls.testing.ca.internal.http.Headers;
import io.autotls.testing.ca.internal.http.HttpReader;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.function.IntSupplier;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/**
 * Connects as a CA does and looks whether a challenge is answered (RFC 8555 §8, RFC 8737, RFC 8738).
 * Addresses come from the DNS server of the test.
 */
public final class Validator {
  private static final int TIMEOUT_MILLIS = 5_000;
  private static final int MAX_REDIRECTS = 10;
  private static final int MAX_HTTP_BODY = 128;
  private static final String ACME_TLS = "acme-tls/1";
  private static final String ACME_IDENTIFIER = "1.3.6.1.5.5.7.1.31";

  private final DnsClient dns;
  private final IntSupplier httpPort;
  private final IntSupplier tlsPort;

  public Validator(DnsClient dns, IntSupplier httpPort, IntSupplier tlsPort) {
    this.dns = dns;
    this.httpPort = httpPort;
    this.tlsPort = tlsPort;
  }

  /**
   * Looks at an answer.
   *
   * @param ip whether the identifier is an address
   * @throws ValidationException if it is not there, or is a wrong one
   */
  public void validate(
      String type, String identifier, boolean ip, String token, String keyAuthorization)
      throws ValidationException {
    try {
      switch (type) {
        case "http-01" -> http(identifier, ip, token, keyAuthorization);
        case "tls-alpn-01" -> tlsAlpn(identifier, ip, keyAuthorization);
        case "dns-01" -> dns(identifier, keyAuthorization);
        default -> throw new ValidationException("malformed", "no such challenge");
      }
    } catch (IOException e) {
      boolean name = String.valueOf(e.getMessage()).startsWith("DNS problem");
      throw new ValidationException(
          name ? "dns" : "connection", identifier + ": " + e.getMessage());
    }
  }

  private InetAddress address(String identifier, boolean ip)
      throws IOException, ValidationException {
    if (ip) {
      return InetAddress.getByName(identifier); // a literal: nothing is looked up
    }
    List<InetAddress> found = dns.addresses(identifier);
    if (found.isEmpty()) {
      throw new ValidationException("dns", "no valid A or AAAA records found for " + identifier);
    }
    return found.get(0);
  }

  private void http(String identifier, boolean ip, String token, String keyAuthorization)
      throws IOException, ValidationException {
    String host = identifier.indexOf(':') >= 0 ? "[" + identifier + "]" : identifier;
    URI url = URI.create("http://" + host + "/.well-known/acme-challenge/" + token);
    for (int redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      Page page = fetch(url, ip && url.getHost().equals(host));
      if (page.status() >= 300 && page.status() < 400) {
        url = url.resolve(page.headers().first("Location").orElse("/"));
        continue;
      }
      check(url, page, keyAuthorization);
      return;
    }
    throw new ValidationException("connection", "too many redirects");
  }

  private static void check(URI url, Page page, String keyAuthorization)
      throws ValidationException {
    if (page.status() != 200) {
      throw new ValidationException(
          "unauthorized", "Invalid response from " + url + ": " + page.status());
    }
    String body = new String(page.body(), StandardCharsets.US_ASCII);
    if (body.length() >= MAX_HTTP_BODY || !body.stripTrailing().equals(keyAuthorization)) {
      throw new ValidationException(
          "unauthorized", "The key authorization file from " + url + " did not match");
    }
  }

  private record Page(int status, Headers headers, byte[] body) {}

  private Page fetch(URI url, boolean ip) throws IOException, ValidationException {
    boolean tls = "https".equals(url.getScheme());
    int port = tls ? tlsPort.getAsInt() : httpPort.getAsInt();
    if (url.getPort() >= 0 && url.getPort() != port && url.getPort() != (tls ? 443 : 80)) {
      throw new ValidationException("connection", "redirect to another port: " + url);
    }
    String host = url.getHost().replace("[", "").replace("]", "");
    try (Socket plain = connect(address(host, ip), port);
        Socket socket = tls ? trusting().getSocketFactory().createSocket(plain, host, port, true) : plain) {
      String target = url.getRawPath() + (url.getRawQuery() == null ? "" : "?" + url.getRawQuery());
      String request =
          "GET " + target + " HTTP/1.1\r\nHost: " + url.getHost()
              + "\r\nUser-Agent: AutoTls-Testing-CA\r\nAccept: */*\r\nConnection: close\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      socket.getOutputStream().flush();
      HttpReader reader = new HttpReader(new BufferedInputStream(socket.getInputStream()));
      String line = reader.readLine();
      if (line == null || !line.matches("HTTP/1\\.[01] \\d{3}.*")) {
        throw new IOException("no HTTP answer from " + url);
      }
      Headers headers = reader.readHeaders();
      return new Page(
          Integer.parseInt(line.substring(9, 12)), headers, reader.readResponseBody(headers, MAX_HTTP_BODY));
    }
  }

  private static Socket connect(InetAddress address, int port) throws IOException {
    Socket socket = new Socket();
    socket.setSoTimeout(TIMEOUT_MILLIS);
    socket.connect(new InetSocketAddress(address, port), TIMEOUT_MILLIS);
    return socket;
  }

  private void tlsAlpn(String identifier, boolean ip, String keyAuthorization)
      throws IOException, ValidationException {
    try (Socket plain = connect(address(identifier, ip), tlsPort.getAsInt());
        SSLSocket socket =
            (SSLSocket) trusting().getSocketFactory().createSocket(plain, identifier, tlsPort.getAsInt(), true)) {
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setApplicationProtocols(new String[] {ACME_TLS});
      parameters.setServerNames(List.of(new SNIHostName(ip ? reverse(identifier) : identifier)));
      socket.setSSLParameters(parameters);
      try {
        socket.startHandshake();
      } catch (javax.net.ssl.SSLException e) {
        throw new ValidationException("tls", "cannot negotiate TLS with " + identifier + ": " + e.getMessage());
      }
      if (!ACME_TLS.equals(socket.getApplicationProtocol())) {
        throw new ValidationException("unauthorized", "acme-tls/1 was not negotiated");
      }
      X509Certificate leaf = (X509Certificate) socket.getSession().getPeerCertificates()[0];
      checkChallengeCertificate(leaf, identifier, ip, keyAuthorization);
    }
  }

  private static void checkChallengeCertificate(
      X509Certificate leaf, String identifier, boolean ip, String keyAuthorization)
      throws ValidationException {
    try {
      leaf.verify(leaf.getPublicKey());
      Collection<List<?>> names = leaf.getSubjectAlternativeNames();
      boolean oneName = names != null && names.size() == 1;
      List<?> name = oneName ? names.iterator().next() : List.of(0, "");
      boolean matches =
          name.get(0).equals(ip ? 7 : 2)
              && (ip
                  ? InetAddress.getByName(name.get(1).toString()).equals(InetAddress.getByName(identifier))
                  : name.get(1).equals(identifier));
      if (leaf.getVersion() != 3 || !matches) {
        throw new ValidationException(
            "unauthorized", "the challenge certificate must have exactly the name " + identifier);
      }
    } catch (GeneralSecurityException | IOException e) {
      throw new ValidationException("unauthorized", "the challenge certificate is not self-signed");
    }
    byte[] expected = new byte[36]; // OCTET STRING in OCTET STRING (RFC 8737 §3)
    expected[0] = 4;
    expected[1] = 34;
    expected[2] = 4;
    expected[3] = 32;
    System.arraycopy(sha256(keyAuthorization), 0, expected, 4, 32);
    boolean critical =
        leaf.getCriticalExtensionOIDs() != null
            && leaf.getCriticalExtensionOIDs().contains(ACME_IDENTIFIER);
    if (!critical || !Arrays.equals(leaf.getExtensionValue(ACME_IDENTIFIER), expected)) {
      throw new ValidationException(
          "unauthorized", "the challenge certificate has no correct, critical acmeIdentifier");
    }
  }

  private static String reverse(String address) throws IOException {
    byte[] bytes = InetAddress.getByName(address).getAddress();
    StringBuilder name = new StringBuilder();
    for (int i = bytes.length - 1; i >= 0; i--) {
      if (bytes.length == 4) {
        name.append(bytes[i] & 0xff).append('.');
      } else {
        name.append(Integer.toHexString(bytes[i] & 0xf)).append('.');
        name.append(Integer.toHexString(bytes[i] >> 4 & 0xf)).append('.');
      }
    }
    return name + (bytes.length == 4 ? "in-addr.arpa" : "ip6.arpa");
  }

  private void dns(String identifier, String keyAuthorization)
      throws IOException, ValidationException {
    String expected =
        Base64.getUrlEncoder().withoutPadding().encodeToString(sha256(keyAuthorization));
    String name = "_acme-challenge." + identifier.toLowerCase(Locale.ROOT);
    List<String> found = dns.texts(name);
    if (!found.contains(expected)) {
      throw new ValidationException(
          "unauthorized", "no correct TXT record found at " + name + " among " + found.size());
    }
  }

  private static byte[] sha256(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.US_ASCII));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** A CA looks at what is presented, whoever signed it. */
  private static SSLContext trusting() {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {new TrustAll()}, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java platform has no TLS", e);
    }
  }

  private static final class TrustAll extends javax.net.ssl.X509ExtendedTrustManager
      implements X509TrustManager {
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
