package io.autotls.testing.ca.internal.dns;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/** Asks one DNS server: over UDP, and again over TCP if the answer was cut (RFC 7766 §5). */
public final class DnsClient {
  private static final int TRIES = 2;
  private static final int TRY_MILLIS = 2_500;
  private static final int MAX_ALIASES = 8;

  private final InetSocketAddress server;
  private final RandomGenerator random;

  public DnsClient(InetSocketAddress server, RandomGenerator random) {
    this.server = server;
    this.random = random;
  }

  /** The server answered, but not with records. */
  public static final class DnsFailure extends IOException {
    private static final long serialVersionUID = 1;

    DnsFailure(String message) {
      super(message);
    }
  }

  /** Addresses, IPv6 first, as public CAs prefer them. */
  public List<InetAddress> addresses(String name) throws IOException {
    List<InetAddress> addresses = new ArrayList<>();
    addresses.addAll(lookUp(name, DnsRecord.AAAA, DnsRecord::toAddress));
    addresses.addAll(lookUp(name, DnsRecord.A, DnsRecord::toAddress));
    if (addresses.isEmpty()) {
      throw new DnsFailure("no valid A or AAAA records found for " + name);
    }
    return addresses;
  }

  public List<String> texts(String name) throws IOException {
    return lookUp(name, DnsRecord.TXT, DnsRecord::toText);
  }

  private <T> List<T> lookUp(String name, int type, Function<DnsRecord, T> value)
      throws IOException {
    String current = name;
    for (int hop = 0; hop < MAX_ALIASES; hop++) {
      DnsMessage answer = query(current, type);
      List<DnsRecord> found = ofType(answer, type).toList();
      if (!found.isEmpty()) {
        return found.stream().map(value).toList();
      }
      // The last alias is where the server's own knowledge ends; follow it by another question.
      List<DnsRecord> aliases = ofType(answer, DnsRecord.CNAME).toList();
      if (aliases.isEmpty()) {
        return List.of();
      }
      String next = aliases.get(aliases.size() - 1).toName();
      if (aliases.size() > 1 || next.equalsIgnoreCase(current)) {
        return List.of();
      }
      current = next;
    }
    throw new DnsFailure("too many aliases at " + name);
  }

  private static Stream<DnsRecord> ofType(DnsMessage message, int type) {
    return message.answers().stream().filter(record -> record.type() == type);
  }

  /** Asks once; a response code other than NOERROR is a {@link DnsFailure}. */
  public DnsMessage query(String name, int type) throws IOException {
    DnsMessage query = DnsMessage.query(random.nextInt(0x10000), name, type);
    DnsMessage answer = overUdp(query);
    if (answer.isTruncated()) {
      answer = overTcp(query);
    }
    switch (answer.code()) {
      case DnsMessage.NO_ERROR:
        return answer;
      case DnsMessage.NXDOMAIN:
        throw new DnsFailure("NXDOMAIN looking up " + typeName(type) + " for " + name);
      case DnsMessage.SERVFAIL:
        throw new DnsFailure("SERVFAIL looking up " + typeName(type) + " for " + name);
      default:
        throw new DnsFailure(
            "response code " + answer.code() + " looking up " + typeName(type) + " for " + name);
    }
  }

  private DnsMessage overUdp(DnsMessage query) throws IOException {
    byte[] bytes = query.encode();
    byte[] buffer = new byte[4096];
    try (DatagramSocket socket = new DatagramSocket()) {
      socket.connect(server);
      socket.setSoTimeout(TRY_MILLIS);
      for (int i = 0; i < TRIES; i++) {
        socket.send(new DatagramPacket(bytes, bytes.length));
        try {
          DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
          socket.receive(packet);
          return check(query, DnsMessage.decode(buffer, packet.getLength()));
        } catch (SocketTimeoutException e) {
          // the datagram may be lost: once more
        }
      }
    }
    throw new DnsFailure("query timed out looking up " + query.name());
  }

  private DnsMessage overTcp(DnsMessage query) throws IOException {
    try (Socket socket = new Socket()) {
      socket.connect(server, TRIES * TRY_MILLIS);
      socket.setSoTimeout(TRIES * TRY_MILLIS);
      socket.getOutputStream().write(withLength(query.encode()));
      DataInputStream in = new DataInputStream(socket.getInputStream());
      byte[] answer = new byte[in.readUnsignedShort()];
      in.readFully(answer);
      return check(query, DnsMessage.decode(answer, answer.length));
    }
  }

  static byte[] withLength(byte[] message) {
    ByteBuffer framed = ByteBuffer.allocate(2 + message.length);
    return framed.putShort((short) message.length).put(message).array();
  }

  private static DnsMessage check(DnsMessage query, DnsMessage answer) throws IOException {
    if (!answer.isResponse()
        || answer.id() != query.id()
        || answer.type() != query.type()
        || !answer.name().equalsIgnoreCase(query.name())) {
      throw new DnsFailure("a DNS answer to another question");
    }
    return answer;
  }

  private static String typeName(int type) {
    return switch (type) {
      case DnsRecord.A -> "A";
      case DnsRecord.AAAA -> "AAAA";
      case DnsRecord.TXT -> "TXT";
      default -> "TYPE" + type;
    };
  }
}
