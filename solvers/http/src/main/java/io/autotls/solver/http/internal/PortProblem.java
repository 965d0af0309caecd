package io.autotls.solver.http.internal;

import java.io.IOException;
import java.net.InetSocketAddress;

/** Says why a port could not be opened, and what a person can do. */
final class PortProblem {
  private PortProblem() {}

  /** The port, with the address unless it is all of them. */
  static String name(InetSocketAddress address) {
    boolean all = address.getAddress() != null && address.getAddress().isAnyLocalAddress();
    return "port " + address.getPort() + (all ? "" : " of " + address.getHostString());
  }

  static String reason(InetSocketAddress address, IOException cause) {
    return "cannot listen on "
        + name(address)
        + " for HTTP-01 challenges: "
        + explain(address, String.valueOf(cause.getMessage()))
        + ". Nothing is ordered meanwhile; the next attempt is in "
        + ChallengeListener.RETRY.toSeconds()
        + " seconds";
  }

  // The JDK has one exception for all of these, and the text of the operating system in it.
  private static String explain(InetSocketAddress address, String message) {
    if (message.contains("in use")) {
      return "it is in use. Stop the program that has it, or let that one forward"
          + " /.well-known/acme-challenge/ to another port and set autotls.http.port to it;"
          + " if it is a server of this application, install an adapter or use"
          + " Http01Solver.embedded()";
    }
    if (message.contains("denied") || message.contains("not permitted")) {
      return "permission denied. Ports below 1024 need the capability CAP_NET_BIND_SERVICE"
          + " (systemd: AmbientCapabilities=CAP_NET_BIND_SERVICE), or sysctl"
          + " net.ipv4.ip_unprivileged_port_start="
          + address.getPort()
          + "; or set autotls.http.port to a higher port to which port 80 is forwarded";
    }
    return message + ". Check that the address belongs to this machine";
  }
}
