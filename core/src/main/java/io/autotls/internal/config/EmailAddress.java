package io.autotls.internal.config;

import io.autotls.internal.names.DomainNames;
import io.autotls.internal.text.Notation;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Pattern;

/** A contact for a CA: one e-mail address, its domain in A-labels, as all CAs understand it. */
public final class EmailAddress {
  private static final String SCHEME = "mailto:";

  /** The dot-atom of RFC 5322 §3.2.3; nobody has a quoted one. */
  private static final Pattern LOCAL_PART =
      Pattern.compile("[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*");

  private static final String UNRESERVED = "-._~+!$'*";
  private static final int LONGEST_LOCAL_PART = 64; // RFC 5321 §4.5.3.1.1

  private EmailAddress() {}

  /**
   * The address that was meant: without {@code mailto:}, the domain as the DNS has it.
   *
   * @throws IllegalArgumentException if it is none; the message says why
   */
  public static String normalize(String written) {
    String address = Notation.bare(written);
    if (address.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
      address = address.substring(SCHEME.length());
    }
    int at = address.lastIndexOf('@');
    if (at < 0) {
      throw refused(written, "it has no @");
    }
    String local = address.substring(0, at);
    if (local.chars().anyMatch(c -> c > 127)) {
      throw refused(written, "CAs take only ASCII before the @");
    }
    if (!LOCAL_PART.matcher(local).matches() || local.length() > LONGEST_LOCAL_PART) {
      throw refused(written, "what stands before the @ is no name of a mailbox");
    }
    return local + "@" + domain(written, address.substring(at + 1));
  }

  private static String domain(String written, String domain) {
    String normalized;
    try {
      normalized = DomainNames.normalize(domain);
    } catch (IllegalArgumentException e) {
      throw refused(written, "what stands after the @ is no domain");
    }
    if (DomainNames.isAddress(normalized) || DomainNames.isWildcard(normalized)) {
      throw refused(written, "what stands after the @ is no domain");
    }
    return normalized;
  }

  private static IllegalArgumentException refused(String written, String why) {
    String shown = written.codePoints().allMatch(c -> c > ' ' && c != 127) ? written : "it";
    return new IllegalArgumentException(
        "\""
            + (shown.length() > 80 ? shown.substring(0, 80) + "…" : shown)
            + "\" is not an e-mail address: "
            + why
            + "; write ops@example.com, and a comma between several");
  }

  /** The address as a URL (RFC 6068 §2), which is what ACME wants. */
  public static URI mailto(String normalized) {
    StringBuilder url = new StringBuilder(SCHEME);
    for (byte b : normalized.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (b & 0xff);
      boolean plain = c < 128 && (Character.isLetterOrDigit(c) || UNRESERVED.indexOf(c) >= 0);
      url.append(plain || c == '@' ? String.valueOf(c) : String.format(Locale.ROOT, "%%%02X", b));
    }
    return URI.create(url.toString());
  }
}
