package io.autotls.testing.ca.internal.acme;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** IP addresses in text; nothing here asks a resolver. */
public final class IpLiteral {
  private static final Pattern V4 = Pattern.compile("[0-9]{1,3}(\\.[0-9]{1,3}){3}");
  private static final Pattern V6 = Pattern.compile("[0-9A-Fa-f:.]{2,45}");

  private IpLiteral() {}

  /** Reads an IPv4 or IPv6 address; empty if the text is neither. */
  public static Optional<InetAddress> parse(String text) {
    boolean v6 = text.indexOf(':') >= 0;
    if (!(v6 ? V6 : V4).matcher(text).matches()) {
      return Optional.empty();
    }
    try {
      // With a colon, or as four numbers, the JDK takes it for a literal and does not look it up;
      // "[…]" makes sure that it never tries for IPv6.
      return Optional.of(v6 ? InetAddress.getByName("[" + text + "]") : fromNumbers(text));
    } catch (UnknownHostException | NumberFormatException e) {
      return Optional.empty();
    }
  }

  private static InetAddress fromNumbers(String text) throws UnknownHostException {
    byte[] bytes = new byte[4];
    String[] numbers = text.split("\\.");
    for (int i = 0; i < 4; i++) {
      int number = Integer.parseInt(numbers[i]);
      if (number > 255 || numbers[i].length() > 1 && numbers[i].startsWith("0")) {
        throw new NumberFormatException("not a byte: " + numbers[i]);
      }
      bytes[i] = (byte) number;
    }
    return InetAddress.getByAddress(bytes);
  }

  /** The one text form of an address: dotted decimal, or RFC 5952 §4. */
  public static String canonical(InetAddress address) {
    byte[] bytes = address.getAddress();
    if (bytes.length == 4) {
      return address.getHostAddress();
    }
    int[] groups = new int[8];
    for (int i = 0; i < 8; i++) {
      groups[i] = (bytes[2 * i] & 0xff) << 8 | bytes[2 * i + 1] & 0xff;
    }
    int start = -1;
    int length = 1;
    for (int i = 0; i < 8; i++) {
      int run = 0;
      while (i + run < 8 && groups[i + run] == 0) {
        run++;
      }
      if (run > length) {
        start = i;
        length = run;
      }
    }
    if (start < 0) {
      return hex(groups, 0, 8);
    }
    return hex(groups, 0, start) + "::" + hex(groups, start + length, 8);
  }

  private static String hex(int[] groups, int from, int to) {
    List<String> parts = new ArrayList<>();
    for (int i = from; i < to; i++) {
      parts.add(Integer.toHexString(groups[i]));
    }
    return String.join(":", parts);
  }

  /** The name in the reverse zone, without a dot at the end (RFC 8738 §6). */
  public static String reverseName(InetAddress address) {
    StringBuilder name = new StringBuilder();
    byte[] bytes = address.getAddress();
    for (int i = bytes.length - 1; i >= 0; i--) {
      int value = bytes[i] & 0xff;
      if (bytes.length == 4) {
        name.append(value).append('.');
      } else {
        name.append(Integer.toHexString(value & 0xf)).append('.');
        name.append(Integer.toHexString(value >>> 4)).append('.');
      }
    }
    return name.append(bytes.length == 4 ? "in-addr.arpa" : "ip6.arpa").toString();
  }
}
