package io.autotls.tls;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;

/** The little of DER (X.690) that a placeholder is made of. Writes, never reads. */
final class Der {
  private static final int FIRST_GENERALIZED_YEAR = 2050; // RFC 5280 §4.1.2.5

  private Der() {}

  static byte[] sequence(byte[]... parts) {
    return value(0x30, parts);
  }

  static byte[] set(byte[]... parts) {
    return value(0x31, parts);
  }

  static byte[] integer(BigInteger number) {
    return value(0x02, number.toByteArray());
  }

  /** An object identifier; its bytes are given as the standards print them. */
  static byte[] oid(int... bytes) {
    byte[] encoded = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      encoded[i] = (byte) bytes[i];
    }
    return value(0x06, encoded);
  }

  static byte[] utf8(String text) {
    return value(0x0c, text.getBytes(StandardCharsets.UTF_8));
  }

  static byte[] octets(byte[]... content) {
    return value(0x04, content);
  }

  /** A bit string of whole bytes. */
  static byte[] bits(byte[] content) {
    return value(0x03, new byte[] {0}, content);
  }

  static byte[] explicit(int number, byte[] content) {
    return value(0xa0 | number, content);
  }

  static byte[] implicit(int number, byte[] content) {
    return value(0x80 | number, content);
  }

  static byte[] time(Instant instant) {
    ZonedDateTime utc = instant.atZone(ZoneOffset.UTC);
    boolean generalized = utc.getYear() >= FIRST_GENERALIZED_YEAR;
    String pattern = generalized ? "uuuuMMddHHmmss'Z'" : "uuMMddHHmmss'Z'";
    String text = DateTimeFormatter.ofPattern(pattern).format(utc);
    return value(generalized ? 0x18 : 0x17, text.getBytes(StandardCharsets.US_ASCII));
  }

  private static byte[] value(int tag, byte[]... parts) {
    int length = 0;
    for (byte[] part : parts) {
      length += part.length;
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream(length + 6);
    out.write(tag);
    writeLength(out, length);
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  private static void writeLength(ByteArrayOutputStream out, int length) {
    if (length < 0x80) {
      out.write(length);
      return;
    }
    byte[] bytes = BigInteger.valueOf(length).toByteArray();
    int sign = bytes[0] == 0 ? 1 : 0; // lengths are unsigned
    out.write(0x80 | bytes.length - sign);
    out.write(bytes, sign, bytes.length - sign);
  }
}
