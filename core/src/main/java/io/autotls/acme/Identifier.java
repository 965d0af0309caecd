package io.autotls.acme;

import io.autotls.internal.text.PlainText;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import okhttp3.HttpUrl;

/**
 * What a certificate is for: a DNS name (RFC 8555 §7.1.3) or an IP address (RFC 8738), in the one
 * form that goes over the wire. The factories bring a value into that form; two identifiers that
 * mean the same are equal.
 *
 * @param type the kind of identifier
 * @param value the value in canonical form, for example {@code *.example.com} or {@code
 *     2001:db8::1}
 */
public record Identifier(Type type, String value) {
  /** The kinds of identifiers. */
  public enum Type {
    /** A DNS name, possibly with a leading {@code *.}. */
    DNS,
    /** An IPv4 or IPv6 address. */
    IP,
    /** Something else that a CA mentions. It cannot be ordered. */
    OTHER
  }

  private static final int MAX_NAME_LENGTH = 253;
  private static final Pattern LABEL = Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");
  private static final Pattern NAME_ON_THE_WIRE =
      Pattern.compile("(\\*\\.)?[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+){0,127}\\.?");
  private static final Pattern IPV4 =
      Pattern.compile("((25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)(\\.(?!$)|$)){4}");
  private static final Pattern IPV6 = Pattern.compile("[0-9a-fA-F:]+(:[0-9.]+)?");
  private static final Pattern DIGITS_AND_DOTS = Pattern.compile("[0-9.]+");

  /** Takes the value as it is; the factories are for values that come from people. */
  public Identifier {
    if (value.isEmpty()) {
      throw new IllegalArgumentException("an identifier cannot be empty");
    }
  }

  /**
   * A DNS name, in any case, with or without a trailing dot, in Unicode or as A-labels. Wildcards
   * have the form {@code *.example.com}.
   *
   * @throws IllegalArgumentException if it is not a name that a certificate can have; the message
   *     says why
   */
  public static Identifier dns(String name) {
    String base = name.startsWith("*.") ? name.substring(2) : name;
    String ascii = isAscii(base) ? base.toLowerCase(Locale.ROOT) : toALabels(base, name);
    if (ascii.endsWith(".")) {
      ascii = ascii.substring(0, ascii.length() - 1);
    }
    checkLabels(ascii, name);
    String canonical = name.startsWith("*.") ? "*." + ascii : ascii;
    if (canonical.length() > MAX_NAME_LENGTH) {
      throw invalid(name, "it is longer than 253 characters");
    }
    return new Identifier(Type.DNS, canonical);
  }

  /**
   * An IP address as text, without brackets and without a zone. No name is ever looked up.
   *
   * @throws IllegalArgumentException if it is not an IP address
   */
  public static Identifier ip(String address) {
    if (IPV4.matcher(address).matches()) {
      return new Identifier(Type.IP, address);
    }
    if (address.indexOf(':') >= 0 && IPV6.matcher(address).matches()) {
      try {
        // OkHttp canonicalises as RFC 5952 says, and maps ::ffff:192.0.2.1 to IPv4 as Go CAs do.
        String host = new HttpUrl.Builder().scheme("https").host(address).build().host();
        return new Identifier(Type.IP, host);
      } catch (IllegalArgumentException e) {
        throw invalid(address, "it is not an IP address");
      }
    }
    throw invalid(address, "it is not an IP address");
  }

  /**
   * An address if it looks like one, a DNS name otherwise.
   *
   * @throws IllegalArgumentException if it is neither
   */
  public static Identifier of(String nameOrIp) {
    boolean address = nameOrIp.indexOf(':') >= 0 || DIGITS_AND_DOTS.matcher(nameOrIp).matches();
    return address ? ip(nameOrIp) : dns(nameOrIp);
  }

  /** Whether this is a wildcard such as {@code *.example.com}. Only DNS challenges prove those. */
  public boolean isWildcard() {
    return type == Type.DNS && value.startsWith("*.");
  }

  Map<String, Object> toJson() {
    return Map.of("type", type.name().toLowerCase(Locale.ROOT), "value", value);
  }

  /**
   * What a CA says about an identifier; unusual spellings of names are kept, except for the case.
   * What is no name and no address is of no type that can be ordered, and is there to be shown.
   */
  static Identifier parse(JsonObject json) throws MalformedAnswerException {
    String value = json.requiredString("value");
    String type = json.requiredString("type");
    if (value.length() > MAX_NAME_LENGTH + 1) {
      return other(value);
    }
    if (type.equals("dns") && NAME_ON_THE_WIRE.matcher(value).matches()) {
      return new Identifier(Type.DNS, value.toLowerCase(Locale.ROOT));
    }
    return type.equals("ip") ? ofWireAddress(value) : other(value);
  }

  private static Identifier ofWireAddress(String value) throws MalformedAnswerException {
    try {
      return ip(value);
    } catch (IllegalArgumentException e) {
      return other(value);
    }
  }

  private static Identifier other(String value) throws MalformedAnswerException {
    String shown = PlainText.line(value, MAX_NAME_LENGTH);
    if (shown.isEmpty()) {
      throw new MalformedAnswerException("it has an identifier without visible characters");
    }
    return new Identifier(Type.OTHER, shown);
  }

  private static void checkLabels(String ascii, String name) {
    String[] labels = ascii.split("\\.", -1);
    for (String label : labels) {
      if (!LABEL.matcher(label).matches()) {
        throw invalid(
            name,
            "each part between dots must have 1 to 63 letters, digits or inner hyphens, and a"
                + " wildcard is only possible as the whole first part");
      }
      if (label.startsWith("xn--")) {
        checkALabel(label, name);
      }
    }
    if (labels[labels.length - 1].chars().allMatch(c -> c >= '0' && c <= '9')) {
      throw invalid(name, "its last part is a number; for an address use Identifier.ip");
    }
  }

  /** An A-label has to decode, and to encode again to the same. */
  private static void checkALabel(String label, String name) {
    if (!toCanonicalHost(label, name).equals(label)) {
      throw invalid(name, "\"" + label + "\" is not a valid internationalized label");
    }
  }

  private static String toALabels(String unicode, String name) {
    // UTS #46 lets symbols pass that IDNA2008 forbids, and that no CA issues for.
    boolean symbols =
        unicode
            .codePoints()
            .anyMatch(
                c ->
                    c > 127
                        && !Character.isLetterOrDigit(c)
                        && "\u3002\uff0e\uff61\u00b7\u0375\u05f3\u05f4\u30fb".indexOf(c) < 0
                        && !isMark(c));
    if (symbols) {
      throw invalid(name, "it has characters that no domain name can have (IDNA2008)");
    }
    return toCanonicalHost(unicode, name);
  }

  private static boolean isMark(int codePoint) {
    int type = Character.getType(codePoint);
    return type == Character.NON_SPACING_MARK || type == Character.COMBINING_SPACING_MARK;
  }

  private static String toCanonicalHost(String host, String name) {
    try {
      // OkHttp brings its own UTS #46 tables; java.net.IDN stopped at IDNA2003.
      return new HttpUrl.Builder().scheme("https").host(host).build().host();
    } catch (IllegalArgumentException e) {
      throw invalid(name, "it cannot be written as A-labels (IDNA2008)");
    }
  }

  private static boolean isAscii(String text) {
    return text.chars().allMatch(c -> c < 128);
  }

  private static IllegalArgumentException invalid(String value, String why) {
    return new IllegalArgumentException("\"" + value + "\" cannot be ordered: " + why);
  }
}
