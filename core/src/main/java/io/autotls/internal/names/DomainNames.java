package io.autotls.internal.names;

import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import okhttp3.HttpUrl;
import org.jspecify.annotations.Nullable;

/**
 * Turns what people write into what certificates carry: {@code Bücher.example.} becomes {@code
 * xn--bcher-kva.example}, {@code [2001:DB8:0::1]} becomes {@code 2001:db8::1}.
 *
 * <p>Names follow UTS #46 without transitional processing, which is what browsers do ({@code
 * straße.de} is not {@code strasse.de}), and then the rules for certificates: letters, digits and
 * hyphens (RFC 5280 §4.2.1.6), no reserved labels (RFC 5890 §2.3.1), a wildcard only as the whole
 * leftmost label (RFC 9525 §6.3). The rules for right-to-left scripts and joiners are left to the
 * CA.
 *
 * <p>Nothing here asks the DNS.
 */
public final class DomainNames {
  private static final int MAX_LENGTH = 253;
  private static final int MAX_LABEL_LENGTH = 63;
  private static final int MAX_SHOWN = 80;

  private static final Pattern OCTET = Pattern.compile("0|[1-9][0-9]{0,2}");
  private static final Pattern HOST_AND_PORT = Pattern.compile("[^:]+:[0-9]*");

  private DomainNames() {}

  /**
   * The form of {@code written} in which certificates carry it: a name in A-labels and lower case
   * and without a final dot, or an address in its canonical text (RFC 5952 for IPv6, without
   * brackets). Normalising twice changes nothing.
   *
   * @throws IllegalArgumentException if this is neither a name nor an address; the message says
   *     why, and what to write
   */
  public static String normalize(String written) {
    String name = written.strip();
    if (name.isEmpty()) {
      throw refused(written, "it is empty", "write a name such as example.com");
    }
    refuseForeignSyntax(written, name);
    if (name.indexOf(':') >= 0) {
      return ipv6(written, name);
    }
    boolean wildcard = name.startsWith("*.");
    String base = wildcard ? name.substring(2) : name;
    String ascii = toAscii(written, withoutFinalDot(base));
    if (hasDigitsAndDotsOnly(ascii)) {
      if (wildcard) {
        throw refused(written, "an address cannot have a wildcard", "list each address");
      }
      return ipv4(written, ascii);
    }
    checkName(written, ascii, wildcard);
    return wildcard ? "*." + ascii : ascii;
  }

  /** Whether a normalised name is an IP address. */
  public static boolean isAddress(String normalized) {
    return normalized.indexOf(':') >= 0 || hasDigitsAndDotsOnly(normalized);
  }

  /** Reads from the end, where nearly every name has a letter, and that decides it at once. */
  private static boolean hasDigitsAndDotsOnly(String name) {
    for (int i = name.length() - 1; i >= 0; i--) {
      char c = name.charAt(i);
      if (c != '.' && (c < '0' || c > '9')) {
        return false;
      }
    }
    return !name.isEmpty();
  }

  /** Whether a normalised name is a wildcard. */
  public static boolean isWildcard(String normalized) {
    return normalized.startsWith("*.");
  }

  private static void refuseForeignSyntax(String written, String name) {
    int scheme = name.indexOf("://");
    if (scheme >= 0) {
      throw refused(
          written, "it is a URL", "write the host alone: " + shown(hostOf(name, scheme + 3)));
    }
    if (name.indexOf('/') >= 0) {
      throw refused(
          written, "it contains a slash", "write the host alone: " + shown(hostOf(name, 0)));
    }
    if (name.indexOf('@') >= 0) {
      throw refused(
          written, "it is an e-mail address", "write what stands after the @, if that is meant");
    }
    if (name.chars().anyMatch(c -> c == ',' || c == ';')) {
      throw refused(written, "it contains a comma or semicolon", "write one name at a time");
    }
    if (name.codePoints().anyMatch(c -> Character.isWhitespace(c) || Character.isSpaceChar(c))) {
      throw refused(
          written, "it contains a space", "write the name without it, or a comma between names");
    }
    if (HOST_AND_PORT.matcher(name).matches()) {
      throw refused(
          written,
          "it ends with a port",
          "certificates are for hosts, so write " + shown(name.substring(0, name.indexOf(':'))));
    }
  }

  private static String hostOf(String url, int start) {
    String rest = url.substring(start);
    int end = rest.indexOf('/');
    return end < 0 ? rest : rest.substring(0, end);
  }

  private static String ipv6(String written, String name) {
    boolean bracketed = name.startsWith("[") && name.endsWith("]");
    String address = bracketed ? name.substring(1, name.length() - 1) : name;
    if (address.indexOf('%') >= 0) {
      throw notAnAddress(
          written, "it names a zone", "certificates know no zones: write it without");
    }
    // What is left must be hexadecimal: nothing here may reach a resolver.
    boolean clean = address.chars().allMatch(c -> c < 128 && isIpv6Character((char) c));
    String canonical = clean ? okHttpHost("[" + address + "]") : null;
    if (canonical == null) {
      throw notAnAddress(
          written, "it has a colon, but is no IPv6 address", "write one such as 2001:db8::1");
    }
    return canonical;
  }

  private static boolean isIpv6Character(char c) {
    return Character.digit(c, 16) >= 0 || c == ':' || c == '.';
  }

  private static String ipv4(String written, String name) {
    List<String> octets = List.of(name.split("\\.", -1));
    boolean valid =
        octets.size() == 4
            && octets.stream()
                .allMatch(octet -> OCTET.matcher(octet).matches() && Integer.parseInt(octet) < 256);
    if (!valid) {
      throw notAnAddress(
          written,
          "digits and dots alone make an IPv4 address, and this is none",
          "write four numbers from 0 to 255 without leading zeros, such as 192.0.2.1");
    }
    return name;
  }

  private static String toAscii(String written, String name) {
    if (name.indexOf('*') >= 0) {
      throw refused(
          written, "a wildcard must be the whole leftmost label", "write it as in *.example.com");
    }
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (c < 128 && !isLetterDigitHyphen(c) && c != '.') {
        throw refused(
            written,
            "it contains " + describe(c),
            "names in certificates have letters, digits and hyphens only");
      }
    }
    checkLabels(written, name);
    String ascii = okHttpHost(name);
    if (ascii == null) {
      throw refused(
          written,
          "it makes no valid internationalised name (UTS #46), or one of its labels is longer than"
              + " 63 octets in ASCII form",
          "check its spelling, and each label that begins with xn--");
    }
    checkAsciiLabels(written, name, ascii);
    return ascii;
  }

  /** UTS #46 and IPv6 as OkHttp does it for URLs, or null if that finds the host invalid. */
  private static @Nullable String okHttpHost(String host) {
    try {
      return new HttpUrl.Builder().scheme("https").host(host).build().host();
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  /** Errors that deserve better words than those of UTS #46. */
  private static void checkLabels(String written, String labels) {
    if (labels.isEmpty() || ("." + labels + ".").contains("..")) {
      throw refused(written, "it has an empty label", "write one dot between labels, none before");
    }
    for (String label : labels.split("\\.", -1)) {
      if (label.length() > MAX_LABEL_LENGTH) {
        throw tooLongLabel(written);
      }
    }
    if (labels.length() > MAX_LENGTH) {
      throw tooLong(written);
    }
  }

  private static void checkAsciiLabels(String written, String name, String ascii) {
    for (String label : ascii.split("\\.", -1)) {
      if (label.startsWith("xn--")) {
        checkALabel(written, label);
      }
    }
    // OkHttp takes xn--abc-, which decodes to abc, for abc: an A-label that was written must stay.
    for (String label : name.toLowerCase(Locale.ROOT).split("\\.", -1)) {
      if (label.startsWith("xn--") && !("." + ascii + ".").contains("." + label + ".")) {
        throw invalidALabel(written, label);
      }
    }
  }

  /** An A-label is valid if its U-label gives that A-label again (RFC 5890 §2.3.2.1). */
  private static void checkALabel(String written, String label) {
    String unicode;
    try {
      unicode = Punycode.decode(label.substring("xn--".length()));
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw invalidALabel(written, label);
    }
    if (unicode.isEmpty() || !label.equals(okHttpHost(unicode))) {
      throw invalidALabel(written, label);
    }
    int type = Character.getType(unicode.codePointAt(0));
    if (type == Character.NON_SPACING_MARK
        || type == Character.COMBINING_SPACING_MARK
        || type == Character.ENCLOSING_MARK) {
      throw refused(
          written, "a label begins with a combining mark", "write the letter before its accent");
    }
  }

  private static void checkName(String written, String ascii, boolean wildcard) {
    if (ascii.length() + (wildcard ? 2 : 0) > MAX_LENGTH) {
      throw tooLong(written);
    }
    String[] labels = ascii.split("\\.", -1);
    for (String label : labels) {
      checkLabel(written, label);
    }
    if (labels.length == 1 && wildcard) {
      throw refused(
          written,
          "no client accepts a wildcard directly below a top-level domain",
          "write it one level deeper, as in *.example.com");
    }
    if (labels.length == 1 && !ascii.equals("localhost")) {
      throw refused(
          written,
          "it has one label only",
          "write the full name, such as " + ascii + ".example.com, or localhost");
    }
    if (labels[labels.length - 1].chars().allMatch(c -> c >= '0' && c <= '9')) {
      throw refused(written, "its last label is a number", "write a name such as example.com");
    }
  }

  private static void checkLabel(String written, String label) {
    if (label.isEmpty()) {
      throw refused(written, "it has an empty label", "write one dot between labels, none before");
    }
    if (label.length() > MAX_LABEL_LENGTH) {
      throw tooLongLabel(written);
    }
    for (int i = 0; i < label.length(); i++) {
      if (!isLetterDigitHyphen(label.charAt(i))) {
        throw refused(
            written,
            "it contains " + describe(label.charAt(i)),
            "names in certificates have letters, digits and hyphens only");
      }
    }
    if (label.startsWith("-") || label.endsWith("-")) {
      throw refused(
          written, "a label begins or ends with a hyphen", "hyphens stand inside labels only");
    }
    if (label.startsWith("--", 2) && !label.startsWith("xn--")) {
      throw refused(
          written,
          "labels with two hyphens at the third place are reserved (RFC 5890)",
          "write another name, or the xn-- form if this is an internationalised one");
    }
  }

  private static boolean isLetterDigitHyphen(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  }

  private static String withoutFinalDot(String name) {
    // UTS #46 takes the ideographic and the wide dots for dots as well.
    boolean dot =
        !name.isEmpty() && ".\u3002\uff0e\uff61".indexOf(name.charAt(name.length() - 1)) >= 0;
    return dot ? name.substring(0, name.length() - 1) : name;
  }

  private static String describe(char c) {
    return switch (c) {
      case '_' -> "an underscore";
      case '%' -> "a percent sign";
      case '*' -> "an asterisk";
      default ->
          c > ' ' && c < 0x7f ? "'" + c + "'" : String.format(Locale.ROOT, "U+%04X", (int) c);
    };
  }

  private static IllegalArgumentException tooLong(String written) {
    return refused(written, "it is longer than 253 octets in ASCII form", "write a shorter name");
  }

  private static IllegalArgumentException tooLongLabel(String written) {
    return refused(
        written, "one of its labels is longer than 63 octets", "write shorter labels between dots");
  }

  private static IllegalArgumentException invalidALabel(String written, String label) {
    return refused(
        written,
        "the label " + shown(label) + " encodes no valid internationalised name",
        "write it in its own letters; they are converted for you");
  }

  private static IllegalArgumentException refused(String written, String why, String advice) {
    return new IllegalArgumentException(
        "\"" + shown(written) + "\" is not a domain name: " + why + "; " + advice);
  }

  private static IllegalArgumentException notAnAddress(String written, String why, String advice) {
    return new IllegalArgumentException(
        "\"" + shown(written) + "\" is not an IP address: " + why + "; " + advice);
  }

  /** What was written, but short and on one line: it may be anything. */
  private static String shown(String text) {
    StringBuilder shown = new StringBuilder();
    text.codePoints()
        .limit(MAX_SHOWN)
        .forEach(
            c -> {
              if (Character.isISOControl(c)
                  || Character.getType(c) == Character.FORMAT
                  || Character.getType(c) == Character.SURROGATE
                  || Character.getType(c) == Character.LINE_SEPARATOR
                  || Character.getType(c) == Character.PARAGRAPH_SEPARATOR) {
                shown.append(String.format(Locale.ROOT, "\\u%04x", c));
              } else {
                shown.appendCodePoint(c);
              }
            });
    return text.codePointCount(0, text.length()) > MAX_SHOWN ? shown + "…" : shown.toString();
  }
}
