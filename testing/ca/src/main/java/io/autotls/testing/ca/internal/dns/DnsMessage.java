package io.autotls.testing.ca.internal.dns;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A DNS message with one question (RFC 1035 §4), as far as names and texts go.
 *
 * @param id pairs an answer with its question
 * @param answer whether it is one
 * @param code the response code: 0, {@link #SERVFAIL}, {@link #NXDOMAIN}
 */
public record DnsMessage(
    int id, boolean answer, int code, String name, int type, List<Record> records) {
  public static final int A = 1;
  public static final int CNAME = 5;
  public static final int TXT = 16;
  public static final int AAAA = 28;
  public static final int SERVFAIL = 2;
  public static final int NXDOMAIN = 3;
  private static final int INTERNET = 1;
  private static final int MAX_LABEL = 63;

  /** One record of the answer section, with its data as it is on the wire. */
  public record Record(String name, int type, byte[] data) {}

  /** A question. */
  public static DnsMessage question(int id, String name, int type) {
    return new DnsMessage(id, false, 0, name, type, List.of());
  }

  /** The answer to this question. */
  public DnsMessage answer(int code, List<Record> records) {
    return new DnsMessage(id, true, code, name, type, records);
  }

  /** The message as bytes. */
  public byte[] toBytes() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeShort(id);
      out.writeShort((answer ? 0x8480 : 0x0100) | code);
      out.writeShort(1);
      out.writeShort(records.size());
      out.writeShort(0);
      out.writeShort(0);
      writeName(out, name);
      out.writeShort(type);
      out.writeShort(INTERNET);
      for (Record record : records) {
        writeName(out, record.name());
        out.writeShort(record.type());
        out.writeShort(INTERNET);
        out.writeInt(1); // seconds to live
        out.writeShort(record.data().length);
        out.write(record.data());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static void writeName(DataOutputStream out, String name) throws IOException {
    for (String label : name.isEmpty() ? new String[0] : name.split("\\.")) {
      byte[] bytes = label.getBytes(StandardCharsets.US_ASCII);
      out.writeByte(bytes.length);
      out.write(bytes);
    }
    out.writeByte(0);
  }

  /** A name as record data, for CNAME. */
  public static byte[] nameData(String name) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      writeName(out, name);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /** A text as record data: character-strings of up to 255 octets. */
  public static byte[] textData(String text) {
    byte[] all = text.getBytes(StandardCharsets.US_ASCII);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int i = 0; i < all.length || i == 0; i += 255) {
      int length = Math.min(255, all.length - i);
      bytes.write(length);
      bytes.write(all, i, length);
    }
    return bytes.toByteArray();
  }

  /** The text of record data. */
  public static String text(byte[] data) {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    for (int i = 0; i < data.length; i += (data[i] & 0xff) + 1) {
      text.write(data, i + 1, Math.min(data[i] & 0xff, data.length - i - 1));
    }
    return text.toString(StandardCharsets.US_ASCII);
  }

  /**
   * Reads a message.
   *
   * @throws IOException if it is not one
   */
  public static DnsMessage parse(byte[] bytes) throws IOException {
    try {
      ByteBuffer in = ByteBuffer.wrap(bytes);
      int id = in.getShort() & 0xffff;
      int flags = in.getShort() & 0xffff;
      int questions = in.getShort();
      int answers = in.getShort() & 0xffff;
      in.getInt();
      if (questions != 1) {
        throw new IOException("a DNS message with " + questions + " questions");
      }
      String name = readName(in);
      int type = in.getShort() & 0xffff;
      in.getShort();
      List<Record> records = new ArrayList<>();
      for (int i = 0; i < answers; i++) {
        records.add(readRecord(in));
      }
      return new DnsMessage(id, (flags & 0x8000) != 0, flags & 0xf, name, type, records);
    } catch (BufferUnderflowException | IllegalArgumentException e) {
      throw new IOException("a DNS message that ends too early", e);
    }
  }

  private static Record readRecord(ByteBuffer in) throws IOException {
    String name = readName(in);
    int type = in.getShort() & 0xffff;
    in.getShort();
    in.getInt();
    byte[] data = new byte[in.getShort() & 0xffff];
    if (type == CNAME) {
      int end = in.position() + data.length;
      data = nameData(readName(in));
      in.position(end);
    } else {
      in.get(data);
    }
    return new Record(name, type, data);
  }

  /** The name that {@link #nameData} wrote. */
  public static String name(byte[] data) throws IOException {
    return readName(ByteBuffer.wrap(data));
  }

  private static String readName(ByteBuffer in) throws IOException {
    StringBuilder name = new StringBuilder();
    ByteBuffer at = in;
    for (int jumps = 0; ; ) {
      int length = at.get() & 0xff;
      if (length == 0) {
        return name.toString().toLowerCase(Locale.ROOT);
      }
      if (length > MAX_LABEL) {
        int target = (length & 0x3f) << 8 | at.get() & 0xff;
        at = in.duplicate().position(target);
        if (++jumps > 10) {
          throw new IOException("a DNS name that points in circles");
        }
        continue;
      }
      byte[] label = new byte[length];
      at.get(label);
      name.append(name.length() == 0 ? "" : ".").append(new String(label, StandardCharsets.US_ASCII));
      if (name.length() > 255) {
        throw new IOException("a DNS name that is too long");
      }
    }
  }
}
