package io.autotls.testing.ca.internal.dns;

import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** A resource record of class IN; names inside {@code data} are not compressed. */
public record DnsRecord(String name, int type, int ttl, byte[] data) {
  public static final int A = 1;
  public static final int NS = 2;
  public static final int CNAME = 5;
  public static final int SOA = 6;
  public static final int TXT = 16;
  public static final int AAAA = 28;
  public static final int OPT = 41;
  public static final int CAA = 257;

  // Tests change records all the time: nobody should remember an answer.
  private static final int TTL = 0;

  public static DnsRecord address(String name, InetAddress address) {
    byte[] data = address.getAddress();
    return new DnsRecord(name, data.length == 4 ? A : AAAA, TTL, data);
  }

  /** A TXT record; values above 255 bytes become several character-strings (RFC 1035 §3.3.14). */
  public static DnsRecord txt(String name, String value) {
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    int at = 0;
    do {
      int length = Math.min(255, bytes.length - at);
      data.write(length);
      data.write(bytes, at, length);
      at += length;
    } while (at < bytes.length);
    return new DnsRecord(name, TXT, TTL, data.toByteArray());
  }

  public static DnsRecord cname(String name, String target) {
    return new DnsRecord(name, CNAME, TTL, DnsName.encode(target));
  }

  public static DnsRecord ns(String name, String host) {
    return new DnsRecord(name, NS, TTL, DnsName.encode(host));
  }

  public static DnsRecord soa(String zone, String primary, int serial) {
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    data.writeBytes(DnsName.encode(primary));
    data.writeBytes(DnsName.encode("hostmaster." + zone));
    for (int value : new int[] {serial, 3600, 600, 86400, TTL}) {
      data.writeBytes(ByteBuffer.allocate(4).putInt(value).array());
    }
    return new DnsRecord(zone, SOA, TTL, data.toByteArray());
  }

  /** A CAA record (RFC 8659 §4.1). */
  public static DnsRecord caa(String name, String tag, String value) {
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    data.write(0);
    data.write(tag.length());
    data.writeBytes(tag.getBytes(StandardCharsets.US_ASCII));
    data.writeBytes(value.getBytes(StandardCharsets.US_ASCII));
    return new DnsRecord(name, CAA, TTL, data.toByteArray());
  }

  /** The address of an A or AAAA record. */
  public InetAddress toAddress() {
    try {
      return InetAddress.getByAddress(data);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("an address of " + data.length + " bytes", e);
    }
  }

  /** The character-strings of a TXT record, joined. */
  public String toText() {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    for (int at = 0; at < data.length; at += 1 + (data[at] & 0xff)) {
      text.write(data, at + 1, Math.min(data[at] & 0xff, data.length - at - 1));
    }
    return text.toString(StandardCharsets.UTF_8);
  }

  /** The target of a CNAME or NS record. */
  public String toName() {
    return DnsName.decode(data);
  }
}
