package io.autotls.testing;

import io.autotls.testing.RawClient.Outcome.Stage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * A client of TLS 1.3 that says what no TLS library says, and so speaks TLS itself, just enough for
 * one request: another ClientHello when the server asks for a second one, by HelloRetryRequest, of
 * which RFC 8446 §4.1.2 allows hardly any change; or the session of one host to another one.
 *
 * <p>It trusts everybody, and shows no certificate to those who want one.
 */
public final class RawClient {
  private static final int TIMEOUT_MILLIS = 20_000;
  private static final byte[] RETRY_RANDOM =
      HexFormat.of().parseHex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c");

  private static final int ALERT = 21;
  private static final int HANDSHAKE = 22;
  private static final int APPLICATION_DATA = 23;

  private static final int SERVER_HELLO = 2;
  private static final int NEW_SESSION_TICKET = 4;
  private static final int ENCRYPTED_EXTENSIONS = 8;
  private static final int CERTIFICATE = 11;
  private static final int CERTIFICATE_REQUEST = 13;
  private static final int FINISHED = 20;

  private static final int SERVER_NAME = 0;
  private static final int GROUPS = 10;
  private static final int SIGNATURES = 13;
  private static final int PROTOCOLS = 16;
  private static final int VERSIONS = 43;
  private static final int PRE_SHARED_KEY = 41;
  private static final int COOKIE = 44;
  private static final int KEY_EXCHANGE_MODES = 45;
  private static final int KEY_SHARE = 51;

  private final Socket socket;
  private final KeyPair keys = p256();
  private final byte[] session = new byte[32];
  private final Tls13Secrets secrets = new Tls13Secrets();
  private byte[] cookie = {};
  private @Nullable String protocol;
  private @Nullable X509Certificate leaf;
  private boolean wantsClientCertificate;
  private @Nullable Ticket ticket; // null until the server gives one

  /** A session to resume: what to show, and the secret that goes with it. */
  private record Ticket(byte[] name, byte[] age, byte[] secret) {}

  private RawClient(Socket socket) {
    this.socket = socket;
  }

  /**
   * How far a visit came.
   *
   * @param leaf what the server showed; null if it showed nothing
   * @param protocol what ALPN chose; null if nothing
   * @param answer to a request by HTTP/1.1, which is made whatever was chosen; may be empty
   */
  public record Outcome(
      Stage stage,
      @Nullable X509Certificate leaf,
      @Nullable String protocol,
      ClientCertificate clientCertificate,
      String answer) {
    /** Where a visit ended. */
    public enum Stage {
      /** The server wanted no second ClientHello. */
      REFUSED_FIRST_HELLO,
      /** The server refused the second ClientHello. */
      REFUSED_SECOND_HELLO,
      /** The handshake was complete for the client. */
      HANDSHAKE_COMPLETE
    }

    /** Whether the server wants to see one. */
    public enum ClientCertificate {
      /** It asked for one, and got none. */
      WANTED,
      /** It did not ask. */
      NOT_WANTED
    }
  }

  /** What a server does with a session. */
  public enum Resumption {
    /** It goes on with it. */
    RESUMED,
    /** It begins a new one. */
    BEGUN_ANEW,
    /** It lets the client in by neither. */
    REFUSED
  }

  /**
   * Visits as {@code once} says, and then tries to resume that session as {@code again} says.
   *
   * @throws IOException if there is no session to resume
   */
  public static Resumption resume(int port, Hello once, Hello again) throws IOException {
    try (Socket first = connect(port);
        Socket second = connect(port)) {
      Ticket ticket = new RawClient(first).obtainTicket(once);
      return new RawClient(second).show(ticket, again);
    } catch (GeneralSecurityException e) {
      throw new IOException("the server does not speak TLS 1.3 as expected", e);
    }
  }

  private static Socket connect(int port) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(TIMEOUT_MILLIS);
    return socket;
  }

  private Ticket obtainTicket(Hello hello) throws IOException, GeneralSecurityException {
    byte[] said = hello(hello, keyShare());
    send(HANDSHAKE, said);
    secrets.saw(said);
    Record answer = read();
    if (answer.type() != HANDSHAKE || !goOn(answer.data())) {
      throw new IOException("the first visit was refused");
    }
    finishAndAsk(hello.serverName());
    if (ticket == null) {
      throw new IOException("the server gave no ticket");
    }
    return ticket;
  }

  private Resumption show(Ticket ticket, Hello hello) throws IOException, GeneralSecurityException {
    byte[] empty = new byte[32];
    byte[] identity = concat(vector(2, ticket.name()), ticket.age());
    byte[] binders = vector(2, vector(1, empty));
    byte[] said =
        hello(hello, keyShare(), concat(vector(2, identity), binders)); // the key comes last
    byte[] unbound = Arrays.copyOf(said, said.length - binders.length);
    byte[] binder = Tls13Secrets.binder(ticket.secret(), unbound);
    send(HANDSHAKE, concat(Arrays.copyOf(said, said.length - binder.length), binder));
    Record answer = read();
    if (answer.type() != HANDSHAKE) {
      return Resumption.REFUSED;
    }
    return extension(answer.data(), PRE_SHARED_KEY).length > 0
        ? Resumption.RESUMED
        : Resumption.BEGUN_ANEW;
  }

  private byte[] keyShare() {
    byte[] share = point((ECPublicKey) keys.getPublic());
    return vector(2, concat(new byte[] {0, 23}, vector(2, share)));
  }

  /**
   * Visits, and makes one request if the handshake comes to its end. Of the hellos the name and the
   * protocols count.
   */
  public static Outcome sayTwice(int port, Hello first, Hello second) throws IOException {
    try (Socket socket = connect(port)) {
      return new RawClient(socket).sayTwice(first, second);
    } catch (GeneralSecurityException e) {
      throw new IOException("the server does not speak TLS 1.3 as expected", e);
    }
  }

  private Outcome sayTwice(Hello first, Hello second) throws IOException, GeneralSecurityException {
    byte[] hello = hello(first, new byte[] {0, 0});
    send(HANDSHAKE, hello);
    Record retry = read();
    if (retry.type() != HANDSHAKE) {
      return outcome(Stage.REFUSED_FIRST_HELLO, "");
    }
    acceptRetry(retry.data());
    secrets.startAgain(hello, retry.data());

    byte[] again = hello(second, keyShare());
    send(HANDSHAKE, again);
    secrets.saw(again);
    Record answer = read();
    if (answer.type() != HANDSHAKE) {
      return outcome(Stage.REFUSED_SECOND_HELLO, "");
    }
    return goOn(answer.data())
        ? outcome(Stage.HANDSHAKE_COMPLETE, finishAndAsk(second.serverName()))
        : outcome(Stage.REFUSED_SECOND_HELLO, "");
  }

  /** From the ServerHello to the server's Finished; false if the server ends it before. */
  private boolean goOn(byte[] serverHello) throws IOException, GeneralSecurityException {
    secrets.saw(serverHello);
    secrets.agree(keys.getPrivate(), serverShare(serverHello));
    return readServerFlight();
  }

  private Outcome outcome(Stage stage, String answer) {
    Outcome.ClientCertificate wanted =
        wantsClientCertificate
            ? Outcome.ClientCertificate.WANTED
            : Outcome.ClientCertificate.NOT_WANTED;
    return new Outcome(stage, leaf, protocol, wanted, answer);
  }

  private byte[] hello(Hello hello, byte[] keyShares) {
    return hello(hello, keyShares, new byte[0]);
  }

  /** RFC 8446 §4.1.2. */
  private byte[] hello(Hello hello, byte[] keyShares, byte[] preSharedKey) {
    ByteArrayOutputStream extensions = new ByteArrayOutputStream();
    if (hello.serverName() != null) {
      byte[] name = hello.serverName().getBytes(StandardCharsets.US_ASCII);
      add(extensions, SERVER_NAME, vector(2, concat(new byte[] {0}, vector(2, name))));
    }
    add(extensions, GROUPS, vector(2, new byte[] {0, 23}));
    add(extensions, SIGNATURES, vector(2, new byte[] {4, 3, 8, 4, 5, 3, 8, 5, 4, 1}));
    add(extensions, VERSIONS, vector(1, new byte[] {3, 4}));
    add(extensions, KEY_SHARE, keyShares);
    if (!hello.protocols().isEmpty()) {
      ByteArrayOutputStream names = new ByteArrayOutputStream();
      hello.protocols().stream()
          .map(name -> vector(1, name.getBytes(StandardCharsets.US_ASCII)))
          .forEach(names::writeBytes);
      add(extensions, PROTOCOLS, vector(2, names.toByteArray()));
    }
    if (cookie.length > 0) {
      add(extensions, COOKIE, cookie);
    }
    add(extensions, KEY_EXCHANGE_MODES, vector(1, new byte[] {1}));
    if (preSharedKey.length > 0) {
      add(extensions, PRE_SHARED_KEY, preSharedKey);
    }
    byte[] body =
        concat(
            new byte[] {3, 3},
            new byte[32], // random enough for one connection
            vector(1, session),
            vector(2, new byte[] {0x13, 1}), // TLS_AES_128_GCM_SHA256
            vector(1, new byte[] {0}),
            vector(2, extensions.toByteArray()));
    return message(1, body);
  }

  private void acceptRetry(byte[] message) throws IOException {
    if (message[0] != SERVER_HELLO
        || !Arrays.equals(Arrays.copyOfRange(message, 6, 38), RETRY_RANDOM)) {
      throw new IOException("no HelloRetryRequest");
    }
    cookie = extension(message, COOKIE);
  }

  private static byte[] serverShare(byte[] message) {
    byte[] share = extension(message, KEY_SHARE);
    return Arrays.copyOfRange(share, 4, share.length); // after group and length
  }

  /** The content of an extension of a ServerHello; empty if it is not there. */
  private static byte[] extension(byte[] message, int wanted) {
    ByteBuffer bytes = ByteBuffer.wrap(message);
    bytes.position(4 + 2 + 32);
    bytes.position(bytes.position() + 1 + bytes.get(bytes.position()) + 2 + 1);
    return extension(bytes, wanted);
  }

  private static byte[] extension(ByteBuffer bytes, int wanted) {
    ByteBuffer extensions = ByteBuffer.wrap(take(bytes, bytes.getShort()));
    while (extensions.hasRemaining()) {
      int type = extensions.getShort();
      byte[] data = take(extensions, extensions.getShort());
      if (type == wanted) {
        return data;
      }
    }
    return new byte[0];
  }

  /** Reads up to the server's Finished; false if an alert comes instead. */
  private boolean readServerFlight() throws IOException, GeneralSecurityException {
    ByteArrayOutputStream flight = new ByteArrayOutputStream();
    while (true) {
      Record next = readDecrypted();
      if (next.type() != HANDSHAKE) {
        return false;
      }
      flight.write(next.data());
      ByteBuffer messages = ByteBuffer.wrap(flight.toByteArray());
      while (messages.remaining() >= 4 && messages.remaining() >= 4 + length(messages)) {
        byte[] message = take(messages, 4 + length(messages));
        secrets.saw(message);
        note(message);
        if (message[0] == FINISHED) {
          return true;
        }
      }
      flight.reset();
      flight.write(messages.array(), messages.position(), messages.remaining());
    }
  }

  private static int length(ByteBuffer messages) {
    return messages.getInt(messages.position()) & 0xffffff;
  }

  private void note(byte[] message) throws GeneralSecurityException {
    ByteBuffer body = ByteBuffer.wrap(message, 4, message.length - 4);
    switch (message[0]) {
      case ENCRYPTED_EXTENSIONS -> {
        byte[] chosen = extension(body, PROTOCOLS);
        protocol =
            chosen.length == 0
                ? null
                : new String(chosen, 3, chosen.length - 3, StandardCharsets.US_ASCII);
      }
      case CERTIFICATE_REQUEST -> wantsClientCertificate = true;
      case CERTIFICATE -> {
        body.position(body.position() + 1 + 3); // context, length of the list
        int length = body.getInt() >>> 8;
        body.position(body.position() - 1);
        leaf =
            (X509Certificate)
                CertificateFactory.getInstance("X.509")
                    .generateCertificate(new ByteArrayInputStream(take(body, length)));
      }
      default -> {
        // Signatures are not checked: this client trusts everybody.
      }
    }
  }

  private String finishAndAsk(@Nullable String host) throws IOException, GeneralSecurityException {
    secrets.prepareApplication();
    try {
      if (wantsClientCertificate) {
        byte[] none = message(CERTIFICATE, new byte[4]);
        send(APPLICATION_DATA, secrets.encrypt(HANDSHAKE, none));
        secrets.saw(none);
      }
      byte[] finished = message(FINISHED, secrets.finished());
      send(APPLICATION_DATA, secrets.encrypt(HANDSHAKE, finished));
      secrets.saw(finished);
      secrets.useApplication();
      String request = "GET / HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n";
      send(
          APPLICATION_DATA,
          secrets.encrypt(APPLICATION_DATA, request.getBytes(StandardCharsets.US_ASCII)));
    } catch (SocketException e) {
      return ""; // closed already
    }
    return readAnswer();
  }

  private String readAnswer() throws IOException, GeneralSecurityException {
    StringBuilder answer = new StringBuilder();
    while (true) {
      Record next = readDecrypted();
      if (next.type() == ALERT) {
        return answer.toString();
      }
      if (next.type() == HANDSHAKE && next.data()[0] == NEW_SESSION_TICKET) {
        ticket = ticket(ByteBuffer.wrap(next.data(), 4, next.data().length - 4));
      } else if (next.type() == APPLICATION_DATA) {
        answer.append(new String(next.data(), StandardCharsets.ISO_8859_1));
      }
    }
  }

  /** RFC 8446 §4.6.1. */
  private Ticket ticket(ByteBuffer body) throws GeneralSecurityException {
    body.getInt(); // lifetime
    byte[] age = take(body, 4);
    byte[] nonce = take(body, body.get());
    return new Ticket(take(body, body.getShort()), age, secrets.resumption(nonce));
  }

  private record Record(int type, byte[] data) {}

  private Record readDecrypted() throws IOException, GeneralSecurityException {
    Record record = read();
    if (record.type() != APPLICATION_DATA) {
      return record;
    }
    byte[] inner = secrets.decrypt(record.data());
    int end = inner.length - 1;
    while (inner[end] == 0) {
      end--;
    }
    return new Record(inner[end], Arrays.copyOf(inner, end));
  }

  /** The next record that matters; the end of the connection counts as an alert. */
  private Record read() throws IOException {
    try {
      while (true) {
        byte[] header = exactly(5);
        byte[] data = exactly((header[3] & 0xff) << 8 | header[4] & 0xff);
        if (header[0] != 20) { // change_cipher_spec means nothing any more
          return new Record(header[0], data);
        }
      }
    } catch (EOFException | SocketException e) {
      return new Record(ALERT, new byte[0]);
    }
  }

  private byte[] exactly(int length) throws IOException {
    byte[] bytes = socket.getInputStream().readNBytes(length);
    if (bytes.length < length) {
      throw new EOFException();
    }
    return bytes;
  }

  private void send(int type, byte[] data) throws IOException {
    socket.getOutputStream().write(concat(new byte[] {(byte) type, 3, 3}, vector(2, data)));
    socket.getOutputStream().flush();
  }

  private static KeyPair p256() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has P-256", e);
    }
  }

  private static byte[] point(ECPublicKey key) {
    return concat(
        new byte[] {4},
        Tls13Secrets.unsigned32(key.getW().getAffineX()),
        Tls13Secrets.unsigned32(key.getW().getAffineY()));
  }

  private static void add(ByteArrayOutputStream extensions, int type, byte[] data) {
    extensions.writeBytes(new byte[] {0, (byte) type});
    extensions.writeBytes(vector(2, data));
  }

  private static byte[] message(int type, byte[] body) {
    return concat(new byte[] {(byte) type}, vector(3, body));
  }

  /** {@code data} after its length, which takes that many bytes. */
  private static byte[] vector(int lengthBytes, byte[] data) {
    byte[] length = ByteBuffer.allocate(4).putInt(data.length).array();
    return concat(Arrays.copyOfRange(length, 4 - lengthBytes, 4), data);
  }

  private static byte[] take(ByteBuffer bytes, int length) {
    byte[] taken = new byte[length];
    bytes.get(taken);
    return taken;
  }

  static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }
}
