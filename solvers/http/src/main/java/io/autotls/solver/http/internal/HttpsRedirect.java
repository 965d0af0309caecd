package io.autotls.solver.http.internal;

import io.autotls.solver.http.HttpAnswer;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Where a request that came over http should have gone. */
public final class HttpsRedirect {
  private static final int MAX_HOST = 255;
  private static final int MAX_TARGET = 8 * 1024;
  private static final String TEXT = "text/plain; charset=us-ascii";

  // Names, IPv4 and bracketed IPv6 literals; whatever else RFC 3986 lets into an authority, such as
  // user info or percent encoding, no browser puts into a Host header.
  private static final Pattern HOST =
      Pattern.compile(
          "(?<host>[A-Za-z0-9_]([A-Za-z0-9_-]|\\.(?!\\.))*|\\[[0-9A-Fa-f:.]{2,45}])(:[0-9]{0,5})?");
  private static final Pattern ABSOLUTE =
      Pattern.compile("(?i:https?)://(?<authority>[^/?]*)(?<rest>.*)");

  private HttpsRedirect() {}

  /** The answer that sends a client to https, or 400 if its request names no sane place. */
  public static HttpAnswer answer(
      String method, @Nullable String hostHeader, String rawTarget, int httpsPort) {
    Optional<String> location = location(hostHeader, rawTarget, httpsPort);
    if (location.isEmpty()) {
      return new HttpAnswer(400, TEXT, Map.of(), "Bad Host header or request target\n");
    }
    // After a 301 many clients repeat a POST as GET; a 308 keeps the method (RFC 9110 §15.4.9).
    boolean safe = method.equals("GET") || method.equals("HEAD");
    return new HttpAnswer(safe ? 301 : 308, TEXT, Map.of("Location", location.get()), "");
  }

  /** The https URL for the request, or empty if the host or the target is not acceptable. */
  public static Optional<String> location(
      @Nullable String hostHeader, String rawTarget, int httpsPort) {
    if (rawTarget.length() > MAX_TARGET || !isVisibleAscii(rawTarget)) {
      return Optional.empty();
    }
    // A target in absolute form brings its own host, and that one counts (RFC 9112 §3.2.2).
    Matcher absolute = ABSOLUTE.matcher(rawTarget);
    String authority = absolute.matches() ? absolute.group("authority") : hostHeader;
    String target = absolute.matches() ? absolute.group("rest") : rawTarget;
    if (authority == null || authority.length() > MAX_HOST) {
      return Optional.empty();
    }
    Matcher host = HOST.matcher(authority);
    if (!host.matches()) {
      return Optional.empty();
    }
    String port = httpsPort == 443 ? "" : ":" + httpsPort;
    return path(target).map(path -> "https://" + host.group("host") + port + path);
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

  /** A line break here would let the client write headers of our answer. */
  private static boolean isVisibleAscii(String s) {
    return s.chars().allMatch(c -> c > ' ' && c < 0x7f);
  }
}
