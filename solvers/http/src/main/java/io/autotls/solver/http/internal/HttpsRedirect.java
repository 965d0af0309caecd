package io.autotls.solver.http.internal;

import io.autotls.solver.http.HttpAnswer;
import io.autotls.solver.http.PlainRequest;
import io.autotls.tls.IpAddress;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Where a request that came over http should have gone. */
public final class HttpsRedirect {
  private static final int MAX_HOST = 255;
  private static final int MAX_TARGET = 8 * 1024;
  private static final int MAX_PORT = 65_535;
  private static final String TEXT = "text/plain; charset=us-ascii";

  // Names, IPv4 and bracketed IPv6 literals; whatever else RFC 3986 lets into an authority, such as
  // user info or percent encoding, no browser puts into a Host header.
  private static final Pattern HOST =
      Pattern.compile(
          "(?<host>[A-Za-z0-9_]([A-Za-z0-9_-]|\\.(?!\\.))*|\\[(?<ipv6>[0-9A-Fa-f:.]{2,45})])"
              + "(:(?<port>[0-9]{0,5}))?");
  private static final Pattern ABSOLUTE =
      Pattern.compile("(?i:https?)://(?<authority>[^/?]*)(?<rest>.*)");

  // RFC 7239 §4: the first element is that of the proxy that the client reached.
  private static final Pattern FORWARDED_HTTPS =
      Pattern.compile("(?i)^[^,]*\\bproto\\s*=\\s*\"?(https|wss)\\b");

  private HttpsRedirect() {}

  /** The answer that sends a client to https, or 400 if its request names no sane place. */
  public static HttpAnswer answer(
      String method, @Nullable String hostHeader, String rawTarget, int httpsPort) {
    // CONNECT names no resource that could be elsewhere (RFC 9110 §9.3.6).
    Optional<String> location =
        method.equals("CONNECT") ? Optional.empty() : location(hostHeader, rawTarget, httpsPort);
    if (location.isEmpty()) {
      return new HttpAnswer(400, TEXT, Map.of(), "Bad Host header or request target\n");
    }
    // After a 301 many clients repeat a POST as GET; a 308 keeps the method (RFC 9110 §15.4.9).
    boolean safe = method.equals("GET") || method.equals("HEAD");
    return new HttpAnswer(safe ? 301 : 308, TEXT, Map.of("Location", location.get()), "");
  }

  /**
   * Whether the client used https already, and a proxy before us has taken the TLS away: then a
   * redirect leads back to here. Anybody can send such a header, and harms himself only.
   */
  public static boolean wouldLoop(PlainRequest request) {
    return request.header("X-Forwarded-Proto").filter(HttpsRedirect::isHttps).isPresent()
        || request.header("X-Forwarded-Ssl").filter("on"::equalsIgnoreCase).isPresent()
        || request.header("Front-End-Https").filter("on"::equalsIgnoreCase).isPresent()
        || request.header("Forwarded").filter(s -> FORWARDED_HTTPS.matcher(s).find()).isPresent();
  }

  private static boolean isHttps(String forwardedProtocols) {
    String first = forwardedProtocols.split(",", 2)[0].strip().toLowerCase(Locale.ROOT);
    return first.equals("https") || first.equals("wss");
  }

  /** What is said instead of a redirect in circles. */
  public static HttpAnswer loop() {
    return new HttpAnswer(
        421,
        TEXT,
        Map.of(),
        "This request came over https to a proxy, which sent it on over http to a port that only"
            + " redirects to https. Let the proxy use the https port.\n");
  }

  /** The https URL for the request, or empty if the host or the target is not acceptable. */
  public static Optional<String> location(
      @Nullable String hostHeader, String rawTarget, int httpsPort) {
    if (rawTarget.length() > MAX_TARGET || !rawTarget.chars().allMatch(HttpsRedirect::isInTarget)) {
      return Optional.empty();
    }
    // A target in absolute form brings its own host, and that one counts (RFC 9112 §3.2.2).
    Matcher absolute = ABSOLUTE.matcher(rawTarget);
    String authority = absolute.matches() ? absolute.group("authority") : hostHeader;
    String target = absolute.matches() ? absolute.group("rest") : rawTarget;
    String port = httpsPort == 443 ? "" : ":" + httpsPort;
    return host(authority)
        .flatMap(host -> path(target).map(path -> "https://" + host + port + path));
  }

  private static Optional<String> host(@Nullable String authority) {
    if (authority == null || authority.length() > MAX_HOST) {
      return Optional.empty();
    }
    Matcher matcher = HOST.matcher(authority);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    String port = matcher.group("port");
    String ipv6 = matcher.group("ipv6");
    boolean sane =
        (port == null || port.isEmpty() || Integer.parseInt(port) <= MAX_PORT)
            && (ipv6 == null || ipv6.contains(":") && IpAddress.parse(ipv6).isPresent());
    return sane ? Optional.of(matcher.group("host")) : Optional.empty();
  }

  private static Optional<String> path(String target) {
    if (target.isEmpty() || target.equals("*")) {
      return Optional.of("/");
    }
    if (target.startsWith("?")) {
      return Optional.of("/" + target);
    }
    return target.startsWith("/") ? Optional.of(target) : Optional.empty();
  }

  /**
   * A line break here would let the client write headers of our answer; the others mean something
   * to whoever shows an answer, or is to follow it, and no browser sends them as they are.
   */
  private static boolean isInTarget(int c) {
    return c > ' ' && c < 0x7f && "\"<>\\`".indexOf(c) < 0;
  }
}
