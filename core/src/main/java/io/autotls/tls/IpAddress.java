package io.autotls.tls;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Optional;

/**
 * An IPv4 or IPv6 address as certificates and handshakes know it: in its canonical text (RFC 5952),
 * as the bytes of an {@code iPAddress} name, and as the reverse name that stands for it in SNI (RFC
 * 8738 §6). Never asks the DNS.
 */
public final class IpAddress {
  private static final String V4_SUFFIX = ".in-addr.arpa";
  private static final String V6_SUFFIX = ".ip6.arpa";
  private static final int MAX_TEXT = 45;

  private final byte[] bytes;

  private IpAddress(byte[] bytes) {
    this.bytes = bytes;
  }

  /** The address with these 4 or 16 bytes, most significant first. */
  public static IpAddress of(byte[] bytes) {
    if (bytes.length != 4 && bytes.length != 16) {
      throw new IllegalArgumentException("an address has 4 or 16 bytes, not " + bytes.length);
    }
    return new IpAddress(bytes.clone());
  }

  /** Reads {@code 192.0.2.1} or {@code 2001:db8::1}; empty if {@code text} is anything else. */
  public static Optional<IpAddress> parse(String text) {
    if (text.isEmpty() || text.length() > MAX_TEXT) {
      return Optional.empty();
    }
    byte[] bytes = text.indexOf(':') < 0 ? parseV4(text) : parseV6(text);
    return bytes.length == 0 ? Optional.empty() : Optional.of(new IpAddress(bytes));
  }

  /**
   * Reads {@code 1.2.0.192.in-addr.arpa}, or the 32 hexadecimal digits before {@code ip6.arpa};
   * empty if {@code name} is anything else. In any case of letters, without a dot at the end.
   */
  public static Optional<IpAddress> parseReverseName(String name) {
    byte[] bytes = new byte[0];
    if (endsWith(name, V4_SUFFIX)) {
      bytes = reversed(parseV4(name.substring(0, name.length() - V4_SUFFIX.length())));
    } else if (endsWith(name, V6_SUFFIX)) {
      bytes = parseNibbles(name.substring(0, name.length() - V6_SUFFIX.length()));
    }
    return bytes.length == 0 ? Optional.empty() : Optional.of(new IpAddress(bytes));
  }

  /** The 4 or 16 bytes, most significant first. */
  public byte[] bytes() {
    return bytes.clone();
  }

  /** The name that stands for this address in SNI, for example {@code 1.2.0.192.in-addr.arpa}. */
  public String reverseName() {
    StringBuilder name = new StringBuilder();
    for (int i = bytes.length - 1; i >= 0; i--) {
      int value = bytes[i] & 0xff;
      if (bytes.length == 4) {
        name.append(value).append('.');
      } else {
        name.append(Character.forDigit(value & 0xf, 16)).append('.');
        name.append(Character.forDigit(value >> 4, 16)).append('.');
      }
    }
    return name.append(bytes.length == 4 ? "in-addr.arpa" : "ip6.arpa").toString();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof IpAddress address && Arrays.equals(address.bytes, bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  /** The canonical text: {@code 192.0.2.1}, {@code 2001:db8::1}. */
  @Override
  public String toString() {
    return bytes.length == 4 ? v4Text() : v6Text();
  }

  private String v4Text() {
    return (bytes[0] & 0xff)
        + "."
        + (bytes[1] & 0xff)
        + "."
        + (bytes[2] & 0xff)
        + "."
        + (bytes[3] & 0xff);
  }

  /** RFC 5952 §4: the first of the longest runs of two or more zero groups becomes {@code ::}. */
  private String v6Text() {
    int start = -1;
    int length = 1;
    for (int i = 0; i < 8; i++) {
      int run = 0;
      while (i + run < 8 && group(i + run) == 0) {
        run++;
      }
      if (run > length) {
        start = i;
        length = run;
      }
    }
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 8; i++) {
      if (i == start) {
        text.append("::");
        i += length - 1;
        continue;
      }
      if (text.length() > 0 && text.charAt(text.length() - 1) != ':') {
        text.append(':');
      }
      text.append(Integer.toHexString(group(i)));
    }
    return text.toString();
  }

  private int group(int index) {
    return (bytes[2 * index] & 0xff) << 8 | bytes[2 * index + 1] & 0xff;
  }

  private static byte[] parseV4(String text) {
    String[] parts = text.split("\\.", -1);
    if (parts.length != 4) {
      return new byte[0];
    }
    byte[] bytes = new byte[4];
    for (int i = 0; i < 4; i++) {
      int value = decimal(parts[i]);
      if (value < 0) {
        return new byte[0];
      }
      bytes[i] = (byte) value;
    }
    return bytes;
  }

  /** Zero to 255 without leading zeros, which some read as octal; else negative. */
  private static int decimal(String part) {
    if (part.isEmpty() || part.length() > 3 || part.length() > 1 && part.charAt(0) == '0') {
      return -1;
    }
    int value = 0;
    for (int i = 0; i < part.length(); i++) {
      int digit = part.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        return -1;
      }
      value = 10 * value + digit;
    }
    return value <= 255 ? value : -1;
  }

  private static byte[] parseV6(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c != ':' && c != '.' && (c > 'f' || Character.digit(c, 16) < 0)) {
        return new byte[0];
      }
    }
    try {
      // With a colon and nothing but digits, colons and dots in it, this never asks the DNS.
      byte[] bytes = InetAddress.getByName(text).getAddress();
      return bytes.length == 16 ? bytes : mapped(bytes);
    } catch (UnknownHostException e) {
      return new byte[0];
    }
  }

  /** The JDK unwraps {@code ::ffff:192.0.2.1}; in a certificate that is an IPv6 address. */
  private static byte[] mapped(byte[] v4) {
    byte[] bytes = new byte[16];
    bytes[10] = (byte) 0xff;
    bytes[11] = (byte) 0xff;
    System.arraycopy(v4, 0, bytes, 12, 4);
    return bytes;
  }

  private static byte[] parseNibbles(String digits) {
    if (digits.length() != 63) {
      return new byte[0];
    }
    byte[] bytes = new byte[16];
    for (int i = 0; i < 32; i++) {
      char c = digits.charAt(2 * i);
      int value = c > 'f' ? -1 : Character.digit(c, 16);
      if (value < 0 || i < 31 && digits.charAt(2 * i + 1) != '.') {
        return new byte[0];
      }
      bytes[15 - i / 2] |= (byte) (i % 2 == 0 ? value : value << 4);
    }
    return bytes;
  }

  private static byte[] reversed(byte[] bytes) {
    byte[] reversed = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      reversed[i] = bytes[bytes.length - 1 - i];
    }
    return reversed;
  }

  private static boolean endsWith(String name, String suffix) {
    int offset = name.length() - suffix.length();
    return offset > 0 && name.regionMatches(true, offset, suffix, 0, suffix.length());
  }
}
