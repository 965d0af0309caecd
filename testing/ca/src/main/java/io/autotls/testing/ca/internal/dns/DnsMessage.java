package io.autotls.testing.ca.internal.dns;

import java.io.ByteArrayOutputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** A message with one question (RFC 1035 §4.1). */
public record DnsMessage(
    int id,
    int flags,
    String name,
    int type,
    List<DnsRecord> answers,
    List<DnsRecord> authority,
    List<DnsRecord> additional) {
  public static final int NO_ERROR = 0;
  public static final int SERVFAIL = 2;
  public static final int NXDOMAIN = 3;
  public static final int REFUSED = 5;

  private static final int RESPONSE = 0x8000;
  private static final int AUTHORITATIVE = 0x0400;
  private static final int TRUNCATED = 0x0200;
  private static final int RECURSION_DESIRED = 0x0100;
  private static final int RECURSION_AVAILABLE = 0x0080;
  private static final int CLASS_IN = 1;
  private static final int EDNS_PAYLOAD = 1232;

  public DnsMessage {
    answers = List.copyOf(answers);
    authority = List.copyOf(authority);
    additional = List.copyOf(additional);
  }

  static DnsMessage query(int id, String name, int type) {
    return new DnsMessage(id, RECURSION_DESIRED, name, type, List.of(), List.of(), List.of());
  }

  /** The answer to this query. EDNS is answered with EDNS (RFC 6891 §6.1.1). */
  DnsMessage respond(int code, List<DnsRecord> answers, List<DnsRecord> authority) {
    int echoed = flags & RECURSION_DESIRED;
    int responseFlags = RESPONSE | AUTHORITATIVE | echoed | RECURSION_AVAILABLE | code;
    List<DnsRecord> opt = hasEdns() ? List.of(edns()) : List.of();
    return new DnsMessage(id, responseFlags, name, type, answers, authority, opt);
  }

  DnsMessage truncated() {
    return new DnsMessage(id, flags | TRUNCATED, name, type, List.of(), List.of(), additional);
  }

  boolean isResponse() {
    return (flags & RESPONSE) != 0;
  }

  boolean isTruncated() {
    return (flags & TRUNCATED) != 0;
  }

  public int code() {
    return flags & 0xf;
  }

  /** What the sender takes over UDP. */
  int udpLimit() {
    return hasEdns() ? EDNS_PAYLOAD : 512;
  }

  private boolean hasEdns() {
    return additional.stream().anyMatch(record -> record.type() == DnsRecord.OPT);
  }

  private static DnsRecord edns() {
    return new DnsRecord("", DnsRecord.OPT, 0, new byte[0]);
  }

  byte[] encode() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int value :
        new int[] {id, flags, 1, answers.size(), authority.size(), additional.size()}) {
      writeShort(out, value);
    }
    out.writeBytes(DnsName.encode(name));
    writeShort(out, type);
    writeShort(out, CLASS_IN);
    answers.forEach(record -> write(out, record));
    authority.forEach(record -> write(out, record));
    additional.forEach(record -> write(out, record));
    return out.toByteArray();
  }

  private static void write(ByteArrayOutputStream out, DnsRecord record) {
    out.writeBytes(DnsName.encode(record.name()));
    writeShort(out, record.type());
    // The class of OPT is the size of the sender's UDP buffer (RFC 6891 §6.1.2).
    writeShort(out, record.type() == DnsRecord.OPT ? EDNS_PAYLOAD : CLASS_IN);
    writeShort(out, record.ttl() >>> 16);
    writeShort(out, record.ttl());
    writeShort(out, record.data().length);
    out.writeBytes(record.data());
  }

  private static void writeShort(ByteArrayOutputStream out, int value) {
    out.write(value >>> 8);
    out.write(value);
  }

  /** Reads a message; {@link IllegalArgumentException} if it is not one. */
  static DnsMessage decode(byte[] bytes, int length) {
    try {
      ByteBuffer in = ByteBuffer.wrap(bytes, 0, length);
      int id = readShort(in);
      int flags = readShort(in);
      int questions = readShort(in);
      int answers = readShort(in);
      int authority = readShort(in);
      int additional = readShort(in);
      if (questions != 1) {
        throw new IllegalArgumentException(questions + " questions in a DNS message");
      }
      String name = DnsName.read(in);
      int type = readShort(in);
      readShort(in);
      return new DnsMessage(
          id,
          flags,
          name,
          type,
          readRecords(in, answers),
          readRecords(in, authority),
          readRecords(in, additional));
    } catch (BufferUnderflowException | IndexOutOfBoundsException e) {
      throw new IllegalArgumentException("a DNS message ends too early", e);
    }
  }

  private static List<DnsRecord> readRecords(ByteBuffer in, int count) {
    List<DnsRecord> records = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String name = DnsName.read(in);
      int type = readShort(in);
      readShort(in);
      int ttl = in.getInt();
      int length = readShort(in);
      int end = in.position() + length;
      byte[] data;
      if (type == DnsRecord.CNAME || type == DnsRecord.NS) {
        data = DnsName.encode(DnsName.read(in)); // may point outside of the record: expand it
        in.position(end);
      } else {
        data = new byte[length];
        in.get(data);
      }
      records.add(new DnsRecord(name, type, ttl, data));
    }
    return records;
  }

  private static int readShort(ByteBuffer in) {
    return in.getShort() & 0xffff;
  }
}
