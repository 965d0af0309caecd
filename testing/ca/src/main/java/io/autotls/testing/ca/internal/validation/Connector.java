package io.autotls.testing.ca.internal.validation;

import io.autotls.testing.ca.internal.acme.IpLiteral;
import io.autotls.testing.ca.internal.acme.ProblemException;
import io.autotls.testing.ca.internal.dns.DnsClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.List;
import java.util.Optional;

/** Opens connections to hosts under validation, whose names only the CA's DNS server resolves. */
public final class Connector {
  private static final int TIMEOUT_MILLIS = 5_000;

  private final DnsClient dns;

  public Connector(DnsClient dns) {
    this.dns = dns;
  }

  /** Connects to the first address that answers; {@code host} may be an IP literal. */
  Socket connect(String host, int port) throws ProblemException {
    IOException last = new IOException("no address");
    for (InetAddress address : addresses(host)) {
      Socket socket = new Socket();
      try {
        socket.connect(new InetSocketAddress(address, port), TIMEOUT_MILLIS);
        socket.setSoTimeout(TIMEOUT_MILLIS);
        socket.setTcpNoDelay(true);
        return socket;
      } catch (IOException e) {
        last = e;
        closeQuietly(socket);
      }
    }
    throw Refusal.connection("Cannot connect to " + host + " at port " + port, last);
  }

  private List<InetAddress> addresses(String host) throws ProblemException {
    Optional<InetAddress> literal = IpLiteral.parse(host);
    if (literal.isPresent()) {
      return List.of(literal.get());
    }
    try {
      return dns.addresses(host);
    } catch (IOException | IllegalArgumentException e) {
      throw Refusal.dns(e instanceof IOException io ? io : new IOException(e));
    }
  }

  private static void closeQuietly(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // it was never connected: there is nothing to lose
    }
  }
}
