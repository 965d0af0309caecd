package io.autotls.acme;

import java.net.URI;
import java.net.URISyntaxException;
import okhttp3.HttpUrl;
import org.jspecify.annotations.Nullable;

/** The URLs that a CA hands out. */
final class Urls {
  private static final int MAX_LENGTH = 2048;

  private Urls() {}

  /**
   * Checks a URL that requests will go to: HTTPS only, so that no answer can make this client talk
   * in the clear (RFC 8555 §6.1). The string is kept as it came, for the CA compares it.
   */
  static URI resource(String value, String what) throws MalformedAnswerException {
    URI url = absoluteOrNull(value);
    if (url == null || !isHttps(url)) {
      throw new MalformedAnswerException("\"" + what + "\" is not an https URL");
    }
    return url;
  }

  static boolean isHttps(URI url) {
    return "https".equalsIgnoreCase(url.getScheme())
        && url.getRawUserInfo() == null
        && url.getRawFragment() == null
        && HttpUrl.parse(url.toString()) != null;
  }

  static boolean isSameOrigin(URI one, URI other) {
    HttpUrl a = HttpUrl.parse(one.toString());
    HttpUrl b = HttpUrl.parse(other.toString());
    return a != null
        && b != null
        && a.scheme().equals(b.scheme())
        && a.host().equals(b.host())
        && a.port() == b.port();
  }

  /**
   * A page for a person to visit. Nothing but the web: no script, no file, and no name in front of
   * the host that looks like another host.
   */
  static @Nullable URI pageOrNull(String value) {
    URI url = absoluteOrNull(value);
    boolean web =
        url != null
            && ("https".equalsIgnoreCase(url.getScheme())
                || "http".equalsIgnoreCase(url.getScheme()));
    return web && url.getHost() != null && url.getRawUserInfo() == null ? url : null;
  }

  /** Printable ASCII, as RFC 3986 has it; Java lets all other characters pass that are letters. */
  static @Nullable URI absoluteOrNull(String value) {
    if (value.length() > MAX_LENGTH || !value.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
      return null;
    }
    try {
      URI url = new URI(value);
      return url.isAbsolute() ? url : null;
    } catch (URISyntaxException e) {
      return null;
    }
  }

  /** For messages and logs: a query may hold a secret. */
  static URI withoutQuery(URI url) {
    String text = url.toString();
    int query = text.indexOf('?');
    return query < 0 ? url : URI.create(text.substring(0, query));
  }
}
