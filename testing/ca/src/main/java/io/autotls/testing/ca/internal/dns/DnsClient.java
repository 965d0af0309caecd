package io.autotls.testing.ca.internal.dns;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;

/** Asks one DNS server, by UDP, and by TCP where the answer is too long. */
public final class DnsClient {
  private static final int TIMEOUT_MILLIS = 5_000;
  private static final int TRUNCATED = 2;

  private final InetSocketAddress server;
  private final RandomGenerator random;

  public DnsClient(InetSocketAddress server, RandomGenerator random) {
    this.server = server;
    this.random = random;
  }

  /** The IPv6 addresses of a name, then the IPv4 ones. */
  public List<InetAddress> addresses(String name) throws IOException {
    List<InetAddress> found = new ArrayList<>();
    for (int type : new int[] {DnsMessage.AAAA, DnsMessage.A}) {
      for (DnsMessage.Record record : ask(name, type)) {
        found.add(InetAddress.getByAddress(name, record.data()));
      }
    }
    return found;
  }

  /** The texts of a name, wherever its aliases lead. */
  public List<String> texts(String name) throws IOException {
    return ask(name, DnsMessage.TXT).stream()
        .map(record -> DnsMessage.text(record.data()))
        .toList();
  }

  private List<DnsMessage.Record> ask(String name, int type) throws IOException {
    DnsMessage question = DnsMessage.question(random.nextInt(0x10000), name, type);
    byte[] bytes = byUdp(question.toBytes());
    if ((bytes[2] & TRUNCATED) != 0) {
      bytes = byTcp(question.toBytes());
    }
    DnsMessage answer = DnsMessage.parse(bytes);
    if (answer.id() != question.id() || !answer.answer()) {
      throw new IOException("an answer to another question about " + name);
    }
    if (answer.code() != 0) {
      throw new IOException(
          "DNS problem: " + (answer.code() == DnsMessage.SERVFAIL ? "SERVFAIL" : "code " + answer.code())
              + " looking up " + name);
    }
    return answer.records().stream().filter(record -> record.type() == type).toList();
  }

  private byte[] byUdp(byte[] question) throws IOException {
    try (DatagramSocket socket = new DatagramSocket()) {
      socket.setSoTimeout(TIMEOUT_MILLIS);
      socket.connect(server);
      socket.send(new DatagramPacket(question, question.length));
      DatagramPacket answer = new DatagramPacket(new byte[4096], 4096);
      socket.receive(answer);
      return Arrays.copyOf(answer.getData(), Math.max(12, answer.getLength()));
    }
  }

  private byte[] byTcp(byte[] question) throws IOException {
    try (Socket socket = new Socket()) {
      socket.setSoTimeout(TIMEOUT_MILLIS);
      socket.connect(server, TIMEOUT_MILLIS);
      DataOutputStream out = new DataOutputStream(socket.getOutputStream());
      out.writeShort(question.length);
      out.write(question);
      out.flush();
      DataInputStream in = new DataInputStream(socket.getInputStream());
      byte[] answer = new byte[in.readUnsignedShort()];
      in.readFully(answer);
      return answer;
    }
  }
}
