package io.autotls.testing.ca.internal.dns;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.BindException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers from a table over UDP and TCP, on one port number of 127.0.0.1. */
public final class DnsServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(DnsServer.class);
  private static final int ATTEMPTS = 20;
  private static final int IDLE_MILLIS = 10_000;

  private final DnsTable table;
  private final ThreadFactory threads;
  private final ServerSocket tcp;
  private final DatagramSocket udp;
  private final Set<Socket> connections = ConcurrentHashMap.newKeySet();

  private DnsServer(DnsTable table, ThreadFactory threads, ServerSocket tcp, DatagramSocket udp) {
    this.table = table;
    this.threads = threads;
    this.tcp = tcp;
    this.udp = udp;
  }

  public static DnsServer start(DnsTable table, ThreadFactory threads) throws IOException {
    InetAddress loopback = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
    for (int attempt = 1; ; attempt++) {
      ServerSocket tcp = new ServerSocket(0, 50, loopback);
      try {
        DatagramSocket udp =
            new DatagramSocket(new InetSocketAddress(loopback, tcp.getLocalPort()));
        DnsServer server = new DnsServer(table, threads, tcp, udp);
        threads.newThread(server::receive).start();
        threads.newThread(server::accept).start();
        return server;
      } catch (BindException e) {
        tcp.close(); // the number is free for TCP only: take another
        if (attempt == ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  public InetSocketAddress address() {
    return new InetSocketAddress(tcp.getInetAddress(), tcp.getLocalPort());
  }

  @Override
  public void close() {
    udp.close();
    closeQuietly(tcp);
    connections.forEach(DnsServer::closeQuietly);
  }

  private void receive() {
    byte[] buffer = new byte[4096];
    while (!udp.isClosed()) {
      try {
        DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
        udp.receive(packet);
        Optional<DnsMessage> answer = answer(buffer, packet.getLength());
        if (answer.isPresent()) {
          byte[] bytes = answer.get().encode();
          if (bytes.length > answer.get().udpLimit()) {
            bytes = answer.get().truncated().encode();
          }
          udp.send(new DatagramPacket(bytes, bytes.length, packet.getSocketAddress()));
        }
      } catch (IOException | IllegalArgumentException e) {
        log.debug("No DNS answer: {}", e.toString());
      }
    }
  }

  private void accept() {
    while (!tcp.isClosed()) {
      try {
        Socket socket = tcp.accept();
        connections.add(socket);
        threads.newThread(() -> serve(socket)).start();
      } catch (IOException e) {
        log.debug("No DNS connection: {}", e.toString());
      }
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(IDLE_MILLIS);
      DataInputStream in = new DataInputStream(socket.getInputStream());
      DataOutputStream out = new DataOutputStream(socket.getOutputStream());
      while (!tcp.isClosed()) {
        byte[] query = new byte[in.readUnsignedShort()];
        in.readFully(query);
        Optional<DnsMessage> answer = answer(query, query.length);
        if (answer.isPresent()) {
          out.write(DnsClient.withLength(answer.get().encode()));
        }
      }
    } catch (IOException | IllegalArgumentException e) {
      log.debug("DNS connection ended: {}", e.toString());
    } finally {
      connections.remove(socket);
    }
  }

  private Optional<DnsMessage> answer(byte[] bytes, int length) {
    DnsMessage query = DnsMessage.decode(bytes, length);
    return query.isResponse() ? Optional.empty() : table.answer(query);
  }

  private static void closeQuietly(AutoCloseable closeable) {
    try {
      closeable.close();
    } catch (Exception e) {
      log.debug("Could not close: {}", e.toString());
    }
  }
}
