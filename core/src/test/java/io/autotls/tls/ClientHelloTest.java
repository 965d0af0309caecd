package io.autotls.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.autotls.tls.ClientHello.Found;
import io.autotls.tls.ClientHello.Incomplete;
import io.autotls.tls.ClientHello.NotClientHello;
import io.autotls.tls.ClientHello.Peek;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.Test;

class ClientHelloTest {
  private final byte[] hello = helloOf("TLSv1.3", "Www.Example.com", "h2", "http/1.1");

  @Test
  void readsWhatTheJdkSends() {
    for (String version : List.of("TLSv1.2", "TLSv1.3")) {
      Peek peek = peek(helloOf(version, "Www.Example.com", "h2", "acme-tls/1"));

      assertThat(peek).isInstanceOf(Found.class);
      ClientHello found = ((Found) peek).hello();
      assertThat(found.serverName()).contains("www.example.com");
      assertThat(found.applicationProtocols()).containsExactly("h2", "acme-tls/1");
    }
  }

  @Test
  void nameAndProtocolsMayBeAbsent() {
    ClientHello found = ((Found) peek(helloOf("TLSv1.3", ""))).hello();

    assertThat(found.serverName()).isEmpty();
    assertThat(found.applicationProtocols()).isEmpty();
  }

  @Test
  void leavesTheBufferAsItWas() {
    ByteBuffer buffer = ByteBuffer.allocate(hello.length + 20);
    buffer.position(7).mark();
    buffer.put(hello).limit(buffer.position()).reset();

    assertThat(ClientHello.peek(buffer)).isInstanceOf(Found.class);
    assertThat(buffer.position()).isEqualTo(7);
    assertThat(buffer.remaining()).isEqualTo(hello.length);
    assertThat(ClientHello.peek(buffer.asReadOnlyBuffer())).isInstanceOf(Found.class);
  }

  @Test
  void everyBeginningIsIncompleteAndSaysHowMuchIsMissing() {
    for (int length = 0; length < hello.length; length++) {
      Peek peek = peek(Arrays.copyOf(hello, length));

      assertThat(peek).as("%s bytes", length).isInstanceOf(Incomplete.class);
      int missing = ((Incomplete) peek).missing();
      assertThat(missing).isBetween(1, hello.length - length);
    }
  }

  @Test
  void bytesAfterTheHelloDoNotMatter() {
    assertThat(peek(Arrays.copyOf(hello, hello.length + 100))).isInstanceOf(Found.class);
  }

  @Test
  void fragmentsAreJoined() {
    for (int size : new int[] {hello.length / 20, 50, 100, hello.length - 6}) {
      byte[] fragments = fragmented(hello, Math.max(size, 20));

      assertThat(peek(fragments)).as("fragments of %s", size).isInstanceOf(Found.class);
      assertThat(peek(Arrays.copyOf(fragments, fragments.length - 1)))
          .isInstanceOf(Incomplete.class);
    }
  }

  @Test
  void moreFragmentsThanAnybodySendsAreRefused() {
    assertThat(peek(fragmented(hello, 1))).isInstanceOf(NotClientHello.class);
  }

  @Test
  void otherProtocolsAreRecognizedByTheirFirstBytes() {
    List<String> others =
        List.of("GET / HTTP/1.1\r\n", "SSH-2.0-x", "PROXY TCP4 ", "\u0000", "PRI");

    others.forEach(
        text ->
            assertThat(peek(text.getBytes(StandardCharsets.ISO_8859_1)))
                .as(text)
                .isInstanceOf(NotClientHello.class));
    assertThat(peek(new byte[] {22, 2})).as("version 2").isInstanceOf(NotClientHello.class);
    assertThat(peek(new byte[] {(byte) 0x80, 46, 1})).isInstanceOf(NotClientHello.class);
  }

  @Test
  void impossibleLengthsAreRefusedAtOnce() {
    assertThat(peek(new byte[] {22, 3, 1, 0, 0})).isInstanceOf(NotClientHello.class);
    assertThat(peek(new byte[] {22, 3, 1, 0x40, 1})).isInstanceOf(NotClientHello.class);
    assertThat(peek(new byte[] {22, 3, 1, 0, 4, 1, 0, (byte) 0x80, 1}))
        .as("a message of more than 32 KiB")
        .isInstanceOf(NotClientHello.class);
    assertThat(peek(new byte[] {22, 3, 1, 0, 4, 2, 0, 0, 10}))
        .as("a ServerHello")
        .isInstanceOf(NotClientHello.class);
  }

  @Test
  void namesThatAreNoHostNamesAreRefused() {
    int at = indexOf(hello, "Example");
    for (byte bad : new byte[] {0, ' ', '\n', 0x7f, (byte) 0xe9}) {
      byte[] changed = hello.clone();
      changed[at] = bad;

      assertThat(peek(changed)).as("byte %s", bad).isInstanceOf(NotClientHello.class);
    }
  }

  @Test
  void noMutationBreaksTheReader() {
    Random random = new Random(7);
    for (int i = 0; i < 200_000; i++) {
      byte[] changed =
          Arrays.copyOf(
              hello, random.nextInt(10) == 0 ? random.nextInt(hello.length) : hello.length);
      for (int changes = 1 + random.nextInt(4); changes > 0 && changed.length > 0; changes--) {
        changed[random.nextInt(changed.length)] = (byte) random.nextInt();
      }

      Peek peek = peek(changed);

      if (peek instanceof Found found) {
        found.hello().serverName().ifPresent(name -> assertThat(name).hasSizeBetween(0, 255));
      } else if (peek instanceof Incomplete incomplete) {
        assertThat(incomplete.missing()).isPositive();
      }
    }
  }

  private static Peek peek(byte[] bytes) {
    return ClientHello.peek(ByteBuffer.wrap(bytes));
  }

  private static byte[] helloOf(String version, String serverName, String... protocols) {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, null, null);
      SSLEngine engine = context.createSSLEngine();
      engine.setUseClientMode(true);
      SSLParameters parameters = engine.getSSLParameters();
      parameters.setProtocols(new String[] {version});
      parameters.setApplicationProtocols(protocols);
      if (!serverName.isEmpty()) {
        parameters.setServerNames(List.of(new SNIHostName(serverName)));
      }
      engine.setSSLParameters(parameters);
      ByteBuffer out = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
      engine.wrap(ByteBuffer.allocate(0), out);
      return Arrays.copyOf(out.array(), out.position());
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /** The same message in records of at most {@code size} bytes. */
  private static byte[] fragmented(byte[] record, int size) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int start = 5; start < record.length; start += size) {
      int length = Math.min(size, record.length - start);
      out.writeBytes(new byte[] {22, 3, 1, (byte) (length >> 8), (byte) length});
      out.write(record, start, length);
    }
    return out.toByteArray();
  }

  private static int indexOf(byte[] bytes, String text) {
    return new String(bytes, StandardCharsets.ISO_8859_1).indexOf(text);
  }
}
