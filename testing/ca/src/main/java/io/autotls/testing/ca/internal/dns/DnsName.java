package io.autotls.testing.ca.internal.dns;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Domain names on the wire (RFC 1035 §3.1, §4.1.4). */
public final class DnsName {
  private static final int MAX_POINTERS = 32;

  private DnsName() {}

  /** The form under which names are compared: lower case, no dot at the end. */
  public static String canonical(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
  }

  static byte[] encode(String name) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    String bare = name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
    if (!bare.isEmpty()) {
      for (String label : bare.split("\\.", -1)) {
        byte[] bytes = label.getBytes(StandardCharsets.US_ASCII);
        if (bytes.length == 0 || bytes.length > 63) {
          throw new IllegalArgumentException("not a domain name: " + name);
        }
        out.write(bytes.length);
        out.writeBytes(bytes);
      }
    }
    out.write(0);
    if (out.size() > 255) {
      throw new IllegalArgumentException("longer than 255 bytes: " + name);
    }
    return out.toByteArray();
  }

  static String decode(byte[] data) {
    return read(ByteBuffer.wrap(data));
  }

  /** Reads a name, following compression pointers within the same buffer. */
  static String read(ByteBuffer message) {
    StringBuilder name = new StringBuilder();
    int resume = -1;
    int pointers = 0;
    while (true) {
      int length = message.get() & 0xff;
      if (length >= 0xc0) {
        int target = (length & 0x3f) << 8 | message.get() & 0xff;
        resume = resume < 0 ? message.position() : resume;
        if (++pointers > MAX_POINTERS) {
          throw new IllegalArgumentException("compression pointers in a circle");
        }
        message.position(target);
      } else if (length == 0) {
        if (resume >= 0) {
          message.position(resume);
        }
        return name.toString();
      } else {
        byte[] label = new byte[length];
        message.get(label);
        name.append(name.length() == 0 ? "" : ".");
        name.append(new String(label, StandardCharsets.ISO_8859_1));
        if (length > 63 || name.length() > 255) {
          throw new IllegalArgumentException("a label or name is too long");
        }
      }
    }
  }
}
