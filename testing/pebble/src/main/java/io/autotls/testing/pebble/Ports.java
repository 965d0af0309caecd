package io.autotls.testing.pebble;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;

/**
 * Loopback ports that were free a moment ago. Another program may be faster; then the start is
 * repeated with others.
 */
record Ports(int directory, int management, int dns, int dnsManagement, int http, int tls) {
  /** Where each attempt gets its ports from. */
  @FunctionalInterface
  interface Source {
    Ports next() throws IOException;
  }

  static Ports free() throws IOException {
    InetAddress loopback = InetAddress.getByName("127.0.0.1");
    // All are held at once, so that they are different ones; DNS needs its number for UDP as well.
    try (ServerSocket directory = new ServerSocket(0, 1, loopback);
        ServerSocket management = new ServerSocket(0, 1, loopback);
        ServerSocket dns = new ServerSocket(0, 1, loopback);
        DatagramSocket udp =
            new DatagramSocket(new InetSocketAddress(loopback, dns.getLocalPort()));
        ServerSocket dnsManagement = new ServerSocket(0, 1, loopback);
        ServerSocket http = new ServerSocket(0, 1, loopback);
        ServerSocket tls = new ServerSocket(0, 1, loopback)) {
      return new Ports(
          directory.getLocalPort(),
          management.getLocalPort(),
          udp.getLocalPort(),
          dnsManagement.getLocalPort(),
          http.getLocalPort(),
          tls.getLocalPort());
    }
  }
}
