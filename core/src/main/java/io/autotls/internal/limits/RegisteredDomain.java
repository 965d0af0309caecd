package io.autotls.internal.limits;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.HexFormat;
import okhttp3.HttpUrl;

/**
 * The domain that a CA counts the certificates of a name for: {@code example.co.uk} for all names
 * below it (the public suffix and one label more), an IPv4 address for itself, the {@code /64} for
 * an IPv6 address. Never asks the DNS; the list of public suffixes comes with OkHttp.
 */
final class RegisteredDomain {
  private static final int PREFIX_64 = 8;

  private RegisteredDomain() {}

  /** The domain of a name in the form that certificates carry, with or without {@code *.}. */
  static String of(String name) {
    if (name.indexOf(':') >= 0) {
      return prefix(name);
    }
    String host = withoutWildcard(name);
    String domain = new HttpUrl.Builder().scheme("https").host(host).build().topPrivateDomain();
    return domain == null ? host : domain; // an address, a public suffix, or a single label
  }

  static String withoutWildcard(String name) {
    return name.startsWith("*.") ? name.substring(2) : name;
  }

  private static String prefix(String address) {
    try {
      // With a colon in it, this is a literal or an error, and never a question to the DNS.
      byte[] bytes = InetAddress.getByName(address).getAddress();
      return HexFormat.of().formatHex(Arrays.copyOf(bytes, PREFIX_64)) + "::/64";
    } catch (UnknownHostException e) {
      return address;
    }
  }
}
