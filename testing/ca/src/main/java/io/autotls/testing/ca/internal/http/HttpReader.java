package io.autotls.testing.ca.internal.http;

import io.autotls.testing.ca.internal.http.Headers.Header;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads HTTP/1.1 messages (RFC 9112) from a buffered stream, within limits. */
public final class HttpReader {
  private static final int MAX_LINE = 16 * 1024;
  private static final int MAX_HEADERS = 100;

  private final InputStream in;

  public HttpReader(InputStream in) {
    this.in = in;
  }

  /** Reads a line without its end; null at the end of the stream. */
  public @Nullable String readLine() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream(80);
    int next = in.read();
    if (next < 0) {
      return null;
    }
    while (next != '\n') {
      if (next < 0) {
        throw new EOFException("connection closed inside a line");
      }
      if (line.size() == MAX_LINE) {
        throw new IOException("a line is longer than " + MAX_LINE + " bytes");
      }
      line.write(next);
      next = in.read();
    }
    String text = line.toString(StandardCharsets.ISO_8859_1);
    return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
  }

  public Headers readHeaders() throws IOException {
    List<Header> fields = new ArrayList<>();
    for (String line = requireLine(); !line.isEmpty(); line = requireLine()) {
      int colon = line.indexOf(':');
      if (colon < 1 || line.charAt(colon - 1) == ' ' || fields.size() == MAX_HEADERS) {
        throw new IOException("malformed header section");
      }
      fields.add(new Header(line.substring(0, colon), line.substring(colon + 1).strip()));
    }
    return Headers.copyOf(fields);
  }

  /** Reads what {@code Content-Length} or chunked coding announce; nothing if neither does. */
  public byte[] readBody(Headers headers, int limit) throws IOException {
    if (headers.first("Transfer-Encoding").isPresent()) {
      return readChunks(headers, limit);
    }
    String length = headers.first("Content-Length").orElse("0");
    if (!length.matches("[0-9]{1,9}") || Integer.parseInt(length) > limit) {
      throw new IOException("Content-Length " + length + " is invalid or above " + limit);
    }
    return readExactly(Integer.parseInt(length));
  }

  /** Reads a response body, which may also end with the connection; at most {@code limit} bytes. */
  public byte[] readResponseBody(Headers headers, int limit) throws IOException {
    if (headers.contains("Transfer-Encoding")) {
      return readChunks(headers, limit);
    }
    String length = headers.first("Content-Length").orElse(String.valueOf(limit));
    if (!length.matches("[0-9]{1,9}")) {
      throw new IOException("Content-Length is invalid");
    }
    byte[] body = in.readNBytes(Math.min(limit, Integer.parseInt(length)));
    if (headers.contains("Content-Length")
        && body.length < Math.min(limit, Integer.parseInt(length))) {
      throw new EOFException("connection closed inside the body");
    }
    return body;
  }

  private byte[] readChunks(Headers headers, int limit) throws IOException {
    if (!headers.first("Transfer-Encoding").orElse("").equalsIgnoreCase("chunked")) {
      throw new IOException("unknown transfer coding");
    }
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    while (true) {
      String size = requireLine().split(";", 2)[0].strip();
      if (!size.matches("[0-9A-Fa-f]{1,7}")) {
        throw new IOException("malformed chunk size");
      }
      int length = Integer.parseInt(size, 16);
      if (length == 0) {
        readHeaders();
        return body.toByteArray();
      }
      if (body.size() + length > limit) {
        throw new IOException("body is longer than " + limit + " bytes");
      }
      body.writeBytes(readExactly(length));
      requireLine();
    }
  }

  private byte[] readExactly(int length) throws IOException {
    byte[] bytes = in.readNBytes(length);
    if (bytes.length < length) {
      throw new EOFException("connection closed inside the body");
    }
    return bytes;
  }

  private String requireLine() throws IOException {
    String line = readLine();
    if (line == null) {
      throw new EOFException("connection closed inside the header section");
    }
    return line;
  }
}
