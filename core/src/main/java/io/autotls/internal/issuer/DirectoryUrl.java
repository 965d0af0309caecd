package io.autotls.internal.issuer;

import java.net.URI;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The URL of a CA's directory (RFC 8555 §7.1.1), as far as it can be judged without asking.
 *
 * @param url with scheme and host in lower case; that of a known CA as it is known
 */
public record DirectoryUrl(URI url) {
  private static final int HIGHEST_PORT = 65_535;

  /**
   * Checks a URL.
   *
   * @throws IllegalArgumentException if it cannot be that of a directory; says why and what to
   *     write
   */
  public static DirectoryUrl of(URI written) {
    if (!"https".equalsIgnoreCase(written.getScheme())) {
      throw refused(written, "ACME is spoken over https:// only (RFC 8555 §6.1)");
    } else if (written.getHost() == null) {
      throw refused(written, "it names no host");
    } else if (written.getRawUserInfo() != null) {
      throw new IllegalArgumentException( // not shown: there may be a password in it
          "the URL of a CA's directory has no user and no password in it; a CA knows its users by"
              + " their account keys, and by autotls.eab.kid and autotls.eab.key");
    } else if (written.getRawFragment() != null) {
      throw refused(written, "a fragment (#…) is never sent to a server");
    } else if (written.getPort() == 0 || written.getPort() > HIGHEST_PORT) {
      throw refused(written, "a port goes from 1 to 65535");
    }
    return new DirectoryUrl(normalized(written));
  }

  private static URI normalized(URI written) {
    URI url = URI.create(lowerCaseBeforePath(written));
    String withoutSlash = url.toString().replaceAll("/+$", "");
    Optional<KnownCa> known = KnownCa.ofDirectory(URI.create(withoutSlash));
    if (known.isPresent()) {
      return known.get().directory();
    }
    boolean hostAlone = url.getRawPath().matches("/*") && url.getRawQuery() == null;
    String sameHost =
        Arrays.stream(KnownCa.values())
            .filter(ca -> ca.directory().getHost().equals(url.getHost()))
            .filter(ca -> hostAlone || ca.hasOneDirectory())
            .map(KnownCa::configName)
            .collect(Collectors.joining(" or "));
    if (!sameHost.isEmpty()) {
      throw refused(written, "that CA's directory is elsewhere: write autotls.ca=" + sameHost);
    }
    return url;
  }

  private static String lowerCaseBeforePath(URI written) {
    String text = written.toString();
    int path = text.indexOf('/', "https://".length());
    int end = path < 0 ? text.length() : path;
    return text.substring(0, end).toLowerCase(Locale.ROOT) + text.substring(end);
  }

  private static IllegalArgumentException refused(URI written, String why) {
    return new IllegalArgumentException(
        "\"" + written + "\" is not the URL of a CA's directory: " + why);
  }

  public String host() {
    return url.getHost();
  }

  /** The CA that it belongs to, if that is a known one. */
  public Optional<KnownCa> known() {
    return KnownCa.ofDirectory(url);
  }
}
