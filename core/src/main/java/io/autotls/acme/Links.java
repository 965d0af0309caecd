package io.autotls.acme;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads {@code Link} headers, several or comma-joined (RFC 8288 §3). Pure functions; they never throw. */
final class Links {
  private static final Pattern LINK =
      Pattern.compile("<([^<>]{1,2048})>((?:\\s*;\\s*[a-zA-Z*]+\\s*=\\s*(?:\"[^\"]*\"|[^\",;\\s]*))*)");
  private static final Pattern REL =
      Pattern.compile(";\\s*rel\\s*=\\s*(?:\"([^\"]*)\"|([^\",;\\s]+))", Pattern.CASE_INSENSITIVE);
  private static final int MAX_HEADERS = 20;

  private Links() {}

  /** The targets with that relation, absolute, in order. */
  static List<URI> of(List<String> headers, String relation, URI base) {
    List<URI> found = new ArrayList<>();
    for (String header : headers.subList(0, Math.min(headers.size(), MAX_HEADERS))) {
      Matcher link = LINK.matcher(header);
      while (link.find()) {
        Matcher rel = REL.matcher(link.group(2));
        if (rel.find() && hasRelation(rel, relation)) {
          add(found, link.group(1), base);
        }
      }
    }
    return found;
  }

  private static boolean hasRelation(Matcher rel, String relation) {
    String value = rel.group(1) == null ? rel.group(2) : rel.group(1);
    return List.of(value.trim().split("\\s+")).contains(relation);
  }

  private static void add(List<URI> found, String target, URI base) {
    try {
      URI url = base.resolve(target);
      if (Urls.linkOrNull(url.toString()) != null) {
        found.add(url);
      }
    } catch (IllegalArgumentException e) {
      // No URL, no link.
    }
  }
}
