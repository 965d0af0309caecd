package io.autotls.tls;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The first message of a TLS connection, as far as it decides which certificate to serve: the
 * server name (RFC 6066 §3) and the application protocols (RFC 7301) that the visitor offers.
 *
 * <p>Read from bytes that anybody may have sent: {@link #peek} never throws for what is in them,
 * reads no more than the limits below, and keeps no state. Immutable.
 */
public final class ClientHello {
  /** The application protocol by which a CA validates, and nobody else comes (RFC 8737 §6.2). */
  static final String ACME_TLS = "acme-tls/1";

  /** A ClientHello is refused beyond this many bytes, as the JDK does. */
  static final int MAX_MESSAGE = 32 * 1024;

  /** More fragments than this no client sends; it bounds the work of peeking byte by byte. */
  static final int MAX_RECORDS = 32;

  private static final int RECORD_HEADER = 5;
  private static final int MAX_RECORD = 16 * 1024;
  private static final int HANDSHAKE = 22;
  private static final int CLIENT_HELLO = 1;
  private static final int MESSAGE_HEADER = 4;
  private static final int SERVER_NAME = 0;
  private static final int HOST_NAME = 0;
  private static final int MAX_HOST_NAME = 255;
  private static final int APPLICATION_PROTOCOLS = 16;

  private final @Nullable String serverName; // null if the visitor names no host
  private final List<String> applicationProtocols;

  private ClientHello(@Nullable String serverName, List<String> applicationProtocols) {
    this.serverName = serverName;
    this.applicationProtocols = List.copyOf(applicationProtocols);
  }

  /** What {@link #peek} found. */
  public sealed interface Peek {}

  /** The bytes begin with a whole ClientHello. */
  public record Found(ClientHello hello) implements Peek {}

  /**
   * So far this may be a ClientHello, but its end is missing.
   *
   * @param missing read at least this many bytes more before looking again
   */
  public record Incomplete(int missing) implements Peek {}

  /**
   * The bytes are no ClientHello, or one that breaks the rules. A TLS engine that is fed with them
   * answers with the right alert.
   */
  public record NotClientHello() implements Peek {}

  /**
   * Looks at the bytes between position and limit, and moves neither.
   *
   * @param bytes what the visitor has sent so far, from the beginning of the connection
   */
  public static Peek peek(ByteBuffer bytes) {
    try {
      return peekRecords(bytes.slice());
    } catch (BufferUnderflowException | IllegalArgumentException e) {
      return new NotClientHello(); // a length inside the message points beyond its end
    }
  }

  /** The host that the visitor names, in lower case without a dot at the end. */
  public Optional<String> serverName() {
    return Optional.ofNullable(serverName);
  }

  /** The application protocols that the visitor offers, the preferred one first. */
  public List<String> applicationProtocols() {
    return applicationProtocols;
  }

  /**
   * Whether this is a CA that comes for TLS-ALPN-01: it offers {@code acme-tls/1} and nothing else
   * (RFC 8737 §3). Such a connection is served by {@link KeyringSslContext#challengeEngine} alone,
   * whatever follows.
   */
  public boolean isForChallenge() {
    return applicationProtocols.equals(List.of(ACME_TLS));
  }

  @Override
  public String toString() {
    return "ClientHello[" + serverName + ", " + applicationProtocols + "]";
  }

  /** Joins the fragments of the first handshake message (RFC 8446 §5.1). */
  private static Peek peekRecords(ByteBuffer bytes) {
    ByteBuffer message = ByteBuffer.allocate(0);
    for (int record = 0; record < MAX_RECORDS; record++) {
      if (!mayBeRecord(bytes)) {
        return new NotClientHello();
      }
      int missing = missing(bytes);
      if (missing > 0) {
        return new Incomplete(missing);
      }
      message = joined(message, takeFragment(bytes));
      if (!mayBeClientHello(message)) {
        return new NotClientHello();
      }
      if (message.remaining() >= MESSAGE_HEADER
          && message.remaining() >= MESSAGE_HEADER + messageLength(message)) {
        message.limit(MESSAGE_HEADER + messageLength(message)).position(MESSAGE_HEADER);
        return new Found(read(message));
      }
    }
    return new NotClientHello();
  }

  /** Whether what is there of a record header fits a handshake record of any TLS version. */
  private static boolean mayBeRecord(ByteBuffer bytes) {
    int start = bytes.position();
    int there = bytes.remaining();
    if (there > 0 && bytes.get(start) != HANDSHAKE || there > 1 && bytes.get(start + 1) != 3) {
      return false;
    }
    if (there < RECORD_HEADER) {
      return true;
    }
    int length = Short.toUnsignedInt(bytes.getShort(start + 3));
    return length > 0 && length <= MAX_RECORD;
  }

  /** How many bytes are missing of the record that begins here; at least one if it is not whole. */
  private static int missing(ByteBuffer bytes) {
    if (bytes.remaining() < RECORD_HEADER) {
      return RECORD_HEADER - bytes.remaining();
    }
    int length = Short.toUnsignedInt(bytes.getShort(bytes.position() + 3));
    return Math.max(0, RECORD_HEADER + length - bytes.remaining());
  }

  private static ByteBuffer takeFragment(ByteBuffer bytes) {
    int length = Short.toUnsignedInt(bytes.getShort(bytes.position() + 3));
    bytes.position(bytes.position() + RECORD_HEADER);
    return take(bytes, length);
  }

  /** Copies only where there is something to join: most visitors send one record. */
  private static ByteBuffer joined(ByteBuffer message, ByteBuffer fragment) {
    if (!message.hasRemaining()) {
      return fragment;
    }
    ByteBuffer both = ByteBuffer.allocate(message.remaining() + fragment.remaining());
    return both.put(message).put(fragment).flip();
  }

  private static boolean mayBeClientHello(ByteBuffer message) {
    return message.get(0) == CLIENT_HELLO
        && (message.remaining() < MESSAGE_HEADER || messageLength(message) <= MAX_MESSAGE);
  }

  private static int messageLength(ByteBuffer message) {
    return message.getInt(0) & 0xffffff;
  }

  /** RFC 8446 §4.1.2; older versions have the same fields, and perhaps no extensions. */
  private static ClientHello read(ByteBuffer body) {
    skip(body, 2 + 32); // legacy_version, random
    skip(body, Byte.toUnsignedInt(body.get())); // legacy_session_id
    skip(body, Short.toUnsignedInt(body.getShort())); // cipher_suites
    skip(body, Byte.toUnsignedInt(body.get())); // legacy_compression_methods
    String serverName = null;
    List<String> protocols = List.of();
    ByteBuffer extensions = body.hasRemaining() ? take16(body) : body;
    while (extensions.hasRemaining()) {
      int type = Short.toUnsignedInt(extensions.getShort());
      ByteBuffer data = take16(extensions);
      if (type == SERVER_NAME) {
        serverName = readServerName(data);
      } else if (type == APPLICATION_PROTOCOLS) {
        protocols = readProtocols(data);
      }
    }
    return new ClientHello(serverName, protocols);
  }

  private static @Nullable String readServerName(ByteBuffer data) {
    ByteBuffer names = take16(data);
    while (names.hasRemaining()) {
      int type = names.get();
      ByteBuffer name = take16(names);
      if (type == HOST_NAME) {
        return hostName(name);
      }
    }
    return null;
  }

  private static String hostName(ByteBuffer bytes) {
    String name = StandardCharsets.ISO_8859_1.decode(bytes).toString();
    boolean visible = name.chars().allMatch(c -> c > ' ' && c < 0x7f);
    if (name.isEmpty() || name.length() > MAX_HOST_NAME || !visible) {
      throw new IllegalArgumentException("not a host name");
    }
    String undotted = name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
    return undotted.toLowerCase(Locale.ROOT);
  }

  private static List<String> readProtocols(ByteBuffer data) {
    ByteBuffer names = take16(data);
    List<String> protocols = new ArrayList<>();
    while (names.hasRemaining()) {
      ByteBuffer name = take(names, Byte.toUnsignedInt(names.get()));
      protocols.add(StandardCharsets.ISO_8859_1.decode(name).toString());
    }
    return protocols;
  }

  private static ByteBuffer take16(ByteBuffer bytes) {
    return take(bytes, Short.toUnsignedInt(bytes.getShort()));
  }

  private static ByteBuffer take(ByteBuffer bytes, int length) {
    ByteBuffer taken = bytes.slice();
    taken.limit(length);
    skip(bytes, length);
    return taken;
  }

  private static void skip(ByteBuffer bytes, int length) {
    bytes.position(bytes.position() + length);
  }
}
