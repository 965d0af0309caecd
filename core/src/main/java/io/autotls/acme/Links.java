package io.autotls.acme;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * {@code Link} headers (RFC 8288): several of them, or several links in one, with quoted parameters
 * that may contain any separator. Links that cannot be understood are skipped.
 */
final class Links {
  private static final int MAX_LINKS = 100;

  private final String header;
  private int at;

  private Links(String header) {
    this.header = header;
  }

  /** The targets on the web of all links with this relation, made absolute. */
  static List<URI> targets(List<String> headers, String relation, URI base) {
    List<URI> targets = new ArrayList<>();
    for (String header : headers) {
      Links links = new Links(header);
      while (links.find('<') && targets.size() < MAX_LINKS) {
        String target = links.until('>');
        if (links.parametersHave(relation)) {
          addResolved(target, base, targets);
        }
      }
    }
    return List.copyOf(targets);
  }

  private static void addResolved(String target, URI base, List<URI> targets) {
    try {
      URI url = Urls.pageOrNull(base.resolve(target).toString());
      if (url != null) {
        targets.add(url);
      }
    } catch (IllegalArgumentException e) {
      // not a URL: no link
    }
  }

  /** Reads the parameters up to the comma before the next link. */
  private boolean parametersHave(String relation) {
    boolean found = false;
    boolean seen = false; // only the first "rel" counts (RFC 8288 §3.3)
    while (at < header.length() && header.charAt(at) != ',') {
      String name = token().toLowerCase(Locale.ROOT);
      String value = at < header.length() && header.charAt(at) == '=' ? value() : "";
      if (name.equals("rel") && !seen) {
        seen = true;
        found = List.of(value.toLowerCase(Locale.ROOT).trim().split("\\s+")).contains(relation);
      }
    }
    return found;
  }

  private String token() {
    while (at < header.length() && (header.charAt(at) == ';' || header.charAt(at) == ' ')) {
      at++;
    }
    int start = at;
    while (at < header.length() && ",;=".indexOf(header.charAt(at)) < 0) {
      at++;
    }
    return header.substring(start, at).trim();
  }

  private String value() {
    at++; // the "="
    while (at < header.length() && header.charAt(at) == ' ') {
      at++;
    }
    if (at >= header.length() || header.charAt(at) != '"') {
      return token();
    }
    StringBuilder value = new StringBuilder();
    for (at++; at < header.length() && header.charAt(at) != '"'; at++) {
      if (header.charAt(at) == '\\' && at + 1 < header.length()) {
        at++;
      }
      value.append(header.charAt(at));
    }
    at++; // the closing quote
    return value.toString();
  }

  private boolean find(char c) {
    int found = header.indexOf(c, at);
    at = found < 0 ? header.length() : found + 1;
    return found >= 0;
  }

  private String until(char c) {
    int end = header.indexOf(c, at);
    end = end < 0 ? header.length() : end;
    String text = header.substring(at, end);
    at = Math.min(end + 1, header.length());
    return text.trim();
  }
}
