package io.autotls.solver.http.internal;

import io.autotls.solver.http.PlainRequest;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a client sent before its body: method, target and headers (RFC 9112 §2 to §5). Strict, for
 * whoever cannot write a request has nothing to ask here.
 */
final class RequestHead implements PlainRequest {
  /** Each costs far more memory than it is long, and the application may be slow to look at it. */
  private static final int MOST_LINES = 128;

  private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}");
  private static final Pattern VERSION = Pattern.compile("HTTP/(\\d)\\.\\d");
  private static final Pattern ABSOLUTE =
      Pattern.compile("(?<scheme>(?i:https?))://(?<authority>[^/?#]*)(?<rest>.*)");

  private final String method;
  private final String path;
  private final @Nullable String query; // null if there is none
  private final Map<String, List<String>> headers;

  private RequestHead(
      String method, String path, @Nullable String query, Map<String, List<String>> headers) {
    this.method = method;
    this.path = path;
    this.query = query;
    this.headers = headers;
  }

  /** A head that is none, and the status that says so. */
  static final class RefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    private final int status;

    private RefusedException(int status) {
      super("status " + status, null, false, false); // there may be very many
      this.status = status;
    }

    int status() {
      return status;
    }
  }

  /**
   * Where the head ends, right after its empty line; -1 if that has not come yet.
   *
   * @param from up to where there is no end, as an earlier call has found
   */
  static int end(ByteBuffer received, int from) {
    for (int i = Math.max(0, from - 3); i < received.position(); i++) {
      if (received.get(i) == '\n' && i > 0) {
        boolean afterLineBreak =
            received.get(i - 1) == '\n'
                || i > 1 && received.get(i - 1) == '\r' && received.get(i - 2) == '\n';
        if (afterLineBreak) {
          return i + 1;
        }
      }
    }
    return -1;
  }

  /** Reads a head that is complete. */
  static RequestHead parse(ByteBuffer received, int end) throws RefusedException {
    byte[] bytes = new byte[end];
    received.get(0, bytes);
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    String[] lines = text.split("\r?\n");
    if (lines.length == 0) {
      throw new RefusedException(400);
    }
    if (lines.length > MOST_LINES) {
      throw new RefusedException(431);
    }
    String[] request = lines[0].split(" ", -1);
    if (request.length != 3 || !TOKEN.matcher(request[0]).matches() || request[1].isEmpty()) {
      throw new RefusedException(400);
    }
    checkVersion(request[2]);
    return of(request[0], request[1], headers(lines));
  }

  private static void checkVersion(String version) throws RefusedException {
    Matcher matcher = VERSION.matcher(version);
    if (!matcher.matches()) {
      throw new RefusedException(400);
    }
    if (!matcher.group(1).equals("1")) {
      throw new RefusedException(505);
    }
  }

  private static Map<String, List<String>> headers(String[] lines) throws RefusedException {
    Map<String, List<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    for (int i = 1; i < lines.length; i++) {
      int colon = lines[i].indexOf(':');
      if (colon < 0 || !TOKEN.matcher(lines[i].substring(0, colon)).matches()) {
        throw new RefusedException(400); // also a line that continues another one (RFC 9112 §5.2)
      }
      String value = lines[i].substring(colon + 1).strip();
      if (value.chars().anyMatch(c -> c < ' ' && c != '\t' || c == 0x7f)) {
        throw new RefusedException(400);
      }
      headers.computeIfAbsent(lines[i].substring(0, colon), name -> new ArrayList<>()).add(value);
    }
    if (headers.getOrDefault("Host", List.of()).size() > 1) {
      throw new RefusedException(400); // RFC 9112 §3.2
    }
    return headers;
  }

  private static RequestHead of(String method, String target, Map<String, List<String>> headers)
      throws RefusedException {
    String rest = target;
    Matcher absolute = ABSOLUTE.matcher(target);
    if (absolute.matches()) {
      if (absolute.group("scheme").equalsIgnoreCase("https")) {
        throw new RefusedException(421); // a redirect would lead to where the client is already
      }
      headers.put("Host", List.of(absolute.group("authority"))); // that one counts (§3.2.2)
      rest = absolute.group("rest");
    }
    int question = rest.indexOf('?');
    String path = question < 0 ? rest : rest.substring(0, question);
    String query = question < 0 ? null : rest.substring(question + 1);
    return new RequestHead(method, path.isEmpty() ? "/" : path, query, headers);
  }

  @Override
  public String method() {
    return method;
  }

  @Override
  public String path() {
    return path;
  }

  @Override
  public Optional<String> query() {
    return Optional.ofNullable(query);
  }

  @Override
  public Optional<String> header(String name) {
    return headers.getOrDefault(name, List.of()).stream().findFirst();
  }
}
