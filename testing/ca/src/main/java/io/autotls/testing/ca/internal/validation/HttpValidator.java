package io.autotls.testing.ca.internal.validation;

import io.autotls.testing.ca.internal.acme.ChallengeValidator;
import io.autotls.testing.ca.internal.acme.Identifier;
import io.autotls.testing.ca.internal.acme.ProblemException;
import io.autotls.testing.ca.internal.acme.Proof;
import io.autotls.testing.ca.internal.acme.Settings;
import io.autotls.testing.ca.internal.http.Headers;
import io.autotls.testing.ca.internal.http.HttpReader;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import javax.net.ssl.SSLException;

/**
 * http-01 (RFC 8555 §8.3), with the limits of Let's Encrypt: ten redirects, standard ports, a body
 * below 128 bytes.
 */
public final class HttpValidator implements ChallengeValidator {
  private static final int MAX_REDIRECTS = 10;
  private static final int MAX_BODY = 128;
  private static final int MAX_PATH = 2000;
  private static final String PATH = "/.well-known/acme-challenge/";

  private final Connector connector;
  private final Settings settings;
  private final ValidatorTls tls;

  public HttpValidator(Connector connector, Settings settings, ValidatorTls tls) {
    this.connector = connector;
    this.settings = settings;
    this.tls = tls;
  }

  private record Response(int status, Headers headers, byte[] body) {}

  @Override
  public void validate(Proof proof) throws ProblemException {
    Identifier identifier = proof.identifier();
    boolean v6 = identifier.isIp() && identifier.value().contains(":");
    String host = v6 ? "[" + identifier.value() + "]" : identifier.value();
    URI url = URI.create("http://" + host + PATH + proof.token());
    Response response = get(url);
    for (int redirects = 0; isRedirect(response); redirects++) {
      if (redirects == MAX_REDIRECTS) {
        throw Refusal.incorrect("Too many redirects, the last from " + url);
      }
      url = redirectTarget(url, response);
      response = get(url);
    }
    check(url, response, proof.keyAuthorization());
  }

  private static void check(URI url, Response response, String keyAuthorization)
      throws ProblemException {
    if (response.status() != 200) {
      throw Refusal.incorrect("Invalid response from " + url + ": " + response.status());
    }
    if (response.body().length >= MAX_BODY) {
      throw Refusal.incorrect("The body at " + url + " has 128 bytes or more");
    }
    String body = new String(response.body(), StandardCharsets.ISO_8859_1);
    if (!body.stripTrailing().equals(keyAuthorization)) {
      throw Refusal.incorrect("The key authorization file at " + url + " is not the expected one");
    }
  }

  private static boolean isRedirect(Response response) {
    return switch (response.status()) {
      case 301, 302, 303, 307, 308 -> true;
      default -> false;
    };
  }

  private static URI redirectTarget(URI from, Response response) throws ProblemException {
    String location = response.headers().first("Location").orElse("");
    try {
      URI target = from.resolve(new URI(location));
      if (target.getHost() == null || target.toString().length() > MAX_PATH) {
        throw Refusal.incorrect("Invalid redirect from " + from);
      }
      return target;
    } catch (URISyntaxException e) {
      throw Refusal.incorrect("Invalid redirect from " + from);
    }
  }

  private Response get(URI url) throws ProblemException {
    boolean secure = "https".equals(url.getScheme());
    if (!secure && !"http".equals(url.getScheme())) {
      throw Refusal.incorrect("Invalid protocol scheme in redirect: " + url.getScheme());
    }
    String host = url.getHost().replaceAll("[\\[\\]]", "");
    try (Socket socket = connector.connect(host, port(url, secure))) {
      return exchange(secure ? layer(socket, host) : socket, url);
    } catch (SSLException e) {
      throw Refusal.tls("TLS failed at " + url + ": " + e.getMessage());
    } catch (IOException e) {
      throw Refusal.connection("Fetching " + url, e);
    }
  }

  /** The ports of public CAs are 80 and 443; a test runs its servers elsewhere. */
  private int port(URI url, boolean secure) throws ProblemException {
    int configured = secure ? settings.tlsPort() : settings.httpPort();
    int standard = secure ? 443 : 80;
    if (url.getPort() != -1 && url.getPort() != standard && url.getPort() != configured) {
      throw Refusal.incorrect("Invalid port in redirect: " + url.getPort());
    }
    return configured;
  }

  private Socket layer(Socket socket, String host) throws IOException {
    return tls.over(socket, host);
  }

  private Response exchange(Socket socket, URI url) throws IOException {
    String query = url.getRawQuery() == null ? "" : "?" + url.getRawQuery();
    String path = url.getRawPath().isEmpty() ? "/" : url.getRawPath();
    String request =
        "GET %s%s HTTP/1.1\r\nHost: %s\r\nUser-Agent: autotls-testing-ca\r\nAccept: */*\r\nConnection: close\r\n\r\n"
            .formatted(path, query, hostHeader(url));
    socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
    socket.getOutputStream().flush();
    HttpReader reader = new HttpReader(new BufferedInputStream(socket.getInputStream()));
    String line = reader.readLine();
    if (line == null || !line.matches("HTTP/1\\.[01] [0-9]{3}( .*)?")) {
      throw new IOException("not an HTTP response");
    }
    int status = Integer.parseInt(line.substring(9, 12));
    Headers headers = reader.readHeaders();
    byte[] body = status == 200 ? reader.readResponseBody(headers, MAX_BODY) : new byte[0];
    return new Response(status, headers, body);
  }

  private String hostHeader(URI url) {
    boolean secure = "https".equals(url.getScheme());
    int port = secure ? settings.tlsPort() : settings.httpPort();
    return port == (secure ? 443 : 80) ? url.getHost() : url.getHost() + ":" + port;
  }
}
