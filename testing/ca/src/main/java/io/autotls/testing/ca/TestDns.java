package io.autotls.testing.ca;

import io.autotls.testing.ca.internal.dns.DnsMessage;
import io.autotls.testing.ca.internal.dns.DnsMessage.Record;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A DNS server in the process of the test, over UDP and TCP on a loopback port. Every name leads to {@code
 * 127.0.0.1} unless told otherwise; other types have no records. Safe for use by many threads.
 */
public final class TestDns implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(TestDns.class);
  private static final int MAX_UDP = 1232;
  private static final int TCP_MILLIS = 5_000;
  private static final int MAX_CNAMES = 10;

  private final DatagramSocket udp;
  private final ServerSocket tcp;
  private final Map<String, List<InetAddress>> addresses = new ConcurrentHashMap<>();
  private final Map<String, List<String>> texts = new ConcurrentHashMap<>();
  private final Map<String, String> aliases = new ConcurrentHashMap<>();
  private final Set<String> broken = ConcurrentHashMap.newKeySet();

  private TestDns(DatagramSocket udp, ServerSocket tcp) {
    this.udp = udp;
    this.tcp = tcp;
  }

  /** Starts a server on a free port. */
  public static TestDns start() {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    try {
      ServerSocket tcp = new ServerSocket(0, 50, loopback);
      DatagramSocket udp = new DatagramSocket(tcp.getLocalPort(), loopback);
      TestDns dns = new TestDns(udp, tcp);
      daemon("autotls-testing-dns-udp", dns::serveUdp);
      daemon("autotls-testing-dns-tcp", dns::serveTcp);
      return dns;
    } catch (IOException e) {
      throw new IllegalStateException("cannot start a DNS server on a loopback port", e);
    }
  }

  private static void daemon(String name, Runnable work) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    thread.start();
  }

  /** Where it listens, by UDP and TCP. */
  public InetSocketAddress address() {
    return new InetSocketAddress(tcp.getInetAddress(), tcp.getLocalPort());
  }

  /** Lets a name lead to these addresses, and no others; none at all if there are none. */
  public TestDns addresses(String name, InetAddress... to) {
    addresses.put(canonical(name), List.of(to));
    return this;
  }

  /** Adds a TXT value. */
  public TestDns addText(String name, String value) {
    texts.computeIfAbsent(canonical(name), key -> new CopyOnWriteArrayList<>()).add(value);
    return this;
  }

  /** Removes a TXT value. */
  public TestDns removeText(String name, String value) {
    texts.getOrDefault(canonical(name), new CopyOnWriteArrayList<>()).remove(value);
    return this;
  }

  /** Makes a name an alias of another one. */
  public TestDns alias(String name, String target) {
    aliases.put(canonical(name), canonical(target));
    return this;
  }

  /** Answers every question about a name with SERVFAIL. */
  public TestDns fail(String name) {
    broken.add(canonical(name));
    return this;
  }

  /** Takes {@link #fail} back. */
  public TestDns mend(String name) {
    broken.remove(canonical(name));
    return this;
  }

  private static String canonical(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
  }

  private void serveUdp() {
    byte[] buffer = new byte[MAX_UDP];
    while (!udp.isClosed()) {
      try {
        DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
        udp.receive(packet);
        byte[] answer =
            answer(DnsMessage.parse(Arrays.copyOf(packet.getData(), packet.getLength()))).toBytes();
        if (answer.length > MAX_UDP) {
          answer = Arrays.copyOf(answer, 12);
          answer[2] |= 2; // truncated: ask by TCP
        }
        udp.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
      } catch (IOException e) {
        log.debug("a DNS question by UDP was not answered: {}", e.toString());
      }
    }
  }

  private void serveTcp() {
    while (!tcp.isClosed()) {
      try {
        Socket socket = tcp.accept();
        daemon("autotls-testing-dns-tcp-connection", () -> serve(socket));
      } catch (IOException e) {
        log.debug("a DNS connection was not accepted: {}", e.toString());
      }
    }
  }

  private void serve(Socket connection) {
    try (connection) {
      connection.setSoTimeout(TCP_MILLIS);
      DataInputStream in = new DataInputStream(connection.getInputStream());
      DataOutputStream out = new DataOutputStream(connection.getOutputStream());
      while (true) {
        byte[] question = new byte[in.readUnsignedShort()];
        in.readFully(question);
        byte[] answer = answer(DnsMessage.parse(question)).toBytes();
        out.writeShort(answer.length);
        out.write(answer);
        out.flush();
      }
    } catch (IOException e) {
      log.debug("a DNS connection ended: {}", e.toString());
    }
  }

  private DnsMessage answer(DnsMessage question) {
    List<Record> records = new ArrayList<>();
    String name = canonical(question.name());
    for (int i = 0; aliases.containsKey(name) && i < MAX_CNAMES; i++) {
      String target = aliases.get(name);
      records.add(new Record(name, DnsMessage.CNAME, DnsMessage.nameData(target)));
      name = target;
    }
    if (broken.contains(canonical(question.name())) || broken.contains(name)) {
      return question.answer(DnsMessage.SERVFAIL, List.of());
    }
    String owner = name;
    if (question.type() == DnsMessage.TXT) {
      texts
          .getOrDefault(name, List.of())
          .forEach(
              text ->
                  records.add(new Record(owner, DnsMessage.TXT, DnsMessage.textData(text))));
    } else {
      int length = question.type() == DnsMessage.A ? 4 : 16;
      for (InetAddress address :
          addresses.getOrDefault(name, List.of(InetAddress.getLoopbackAddress()))) {
        boolean asked = question.type() == DnsMessage.A || question.type() == DnsMessage.AAAA;
        if (asked && address.getAddress().length == length) {
          records.add(new Record(owner, question.type(), address.getAddress()));
        }
      }
    }
    return question.answer(0, records);
  }

  @Override
  public void close() {
    udp.close();
    try {
      tcp.close();
    } catch (IOException e) {
      log.debug("closing the DNS server failed", e);
    }
  }
}
