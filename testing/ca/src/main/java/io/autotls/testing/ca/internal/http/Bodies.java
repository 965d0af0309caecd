package io.autotls.testing.ca.internal.http;

import io.autotls.testing.ca.internal.http.HttpHandler.BodyWriter;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;

/** Bodies which a careless client reads for too long, or until its memory is full. */
public final class Bodies {
  private static final int BLOCK = 64 * 1024;

  private Bodies() {}

  /** What passes the time between two parts of a body. */
  @FunctionalInterface
  public interface Pause {
    void pass() throws InterruptedException;
  }

  /** The bytes of a body of known length, some at a time. */
  public static BodyWriter trickle(byte[] body, int portion, Pause pause) {
    return out -> {
      for (int from = 0; from < body.length; from += portion) {
        pause.pass();
        out.write(body, from, Math.min(portion, body.length - from));
        out.flush();
      }
    };
  }

  /** This many spaces, whose number is announced. */
  public static BodyWriter blank(long bytes) {
    return out -> spaces(out, bytes);
  }

  /** Chunks without end. */
  public static BodyWriter endless() {
    return out -> {
      OutputStream chunked = new ChunkedStream(out);
      while (true) {
        spaces(chunked, BLOCK);
      }
    };
  }

  /** Chunks of a gzip stream that becomes this many spaces. */
  public static BodyWriter gzip(long bytes) {
    return out -> {
      try (GZIPOutputStream packed = new GZIPOutputStream(new ChunkedStream(out), BLOCK)) {
        spaces(packed, bytes);
      }
    };
  }

  private static void spaces(OutputStream out, long bytes) throws IOException {
    byte[] block = new byte[BLOCK];
    Arrays.fill(block, (byte) ' ');
    for (long left = bytes; left > 0; left -= BLOCK) {
      out.write(block, 0, (int) Math.min(BLOCK, left));
    }
  }

  /** Chunked coding (RFC 9112 §7.1); closing writes the last chunk and leaves the rest open. */
  private static final class ChunkedStream extends FilterOutputStream {
    ChunkedStream(OutputStream out) {
      super(out);
    }

    @Override
    public void write(int value) throws IOException {
      write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      if (length > 0) {
        out.write((Integer.toHexString(length) + "\r\n").getBytes(StandardCharsets.US_ASCII));
        out.write(bytes, from, length);
        out.write(new byte[] {'\r', '\n'});
      }
    }

    @Override
    public void close() throws IOException {
      out.write("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      out.flush();
    }
  }
}
