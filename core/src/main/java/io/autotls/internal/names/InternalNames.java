package io.autotls.internal.names;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;

/**
 * Names that mean something inside a machine or a network only, and that no public CA may therefore
 * sign (CA/Browser Forum Baseline Requirements §4.2.2): those below the domains that are reserved
 * for it, and private addresses. Pure functions over normalised names; nothing here asks the DNS.
 */
public final class InternalNames {
  /**
   * The domains: RFC 6761 (localhost, test), RFC 6762 (local), RFC 8375 (home.arpa), and internal,
   * which ICANN reserved in 2024.
   */
  public static final List<String> DOMAINS =
      List.of("localhost", "test", "internal", "local", "home.arpa");

  /**
   * The networks, in CIDR notation: RFC 1918, loopback, link-local, the shared space of RFC 6598 in
   * which carriers and overlay networks live, unique local IPv6 addresses (RFC 4193).
   */
  public static final List<String> NETWORKS =
      List.of(
          "10.0.0.0/8",
          "172.16.0.0/12",
          "192.168.0.0/16",
          "127.0.0.0/8",
          "169.254.0.0/16",
          "100.64.0.0/10",
          "::1/128",
          "fc00::/7",
          "fe80::/10");

  private InternalNames() {}

  /** Whether a name, as {@link DomainNames#normalize} writes it, is an internal one. */
  public static boolean isInternal(String normalized) {
    return DomainNames.isAddress(normalized)
        ? NETWORKS.stream().anyMatch(network -> contains(network, normalized))
        : isWithinAny(normalized);
  }

  /** A plain loop: a start asks this of each of a hundred thousand names. */
  private static boolean isWithinAny(String name) {
    for (String domain : DOMAINS) {
      if (isWithin(name, domain)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isWithin(String name, String domain) {
    int rest = name.length() - domain.length();
    return name.endsWith(domain) && (rest == 0 || name.charAt(rest - 1) == '.');
  }

  private static boolean contains(String network, String address) {
    int slash = network.indexOf('/');
    byte[] base = bytes(network.substring(0, slash));
    byte[] bytes = bytes(address);
    int bits = Integer.parseInt(network.substring(slash + 1));
    // An IPv4 address inside an IPv6 one is written with a colon, and no certificate has it so.
    if (base.length != bytes.length || address.indexOf(':') >= 0 != network.indexOf(':') >= 0) {
      return false;
    }
    for (int i = 0; i < bits; i++) {
      int mask = 0x80 >> (i % 8);
      if ((base[i / 8] & mask) != (bytes[i / 8] & mask)) {
        return false;
      }
    }
    return true;
  }

  private static byte[] bytes(String address) {
    try {
      return InetAddress.getByName(address).getAddress(); // a literal: no resolver is asked
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("not an address: " + address, e);
    }
  }
}
