package io.autotls.testing.ca.internal.http;

import io.autotls.testing.ca.internal.http.HttpHandler.BodyWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** Writes HTTP/1.1 responses; head and body leave together. */
final class HttpWriter {
  private final OutputStream out;

  HttpWriter(OutputStream out) {
    this.out = out;
  }

  void allowBody() throws IOException {
    out.write("HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    out.flush();
  }

  void write(HttpRequest request, HttpResponse response) throws IOException {
    write(request, response, Integer.MAX_VALUE);
  }

  /** Writes no more than this many bytes of the body, whose whole length is announced. */
  void write(HttpRequest request, HttpResponse response, int bodyBytes) throws IOException {
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    HttpResponse announced =
        hasLength(response)
            ? response
            : response.plus("Content-Length", Integer.toString(response.body().length));
    whole.writeBytes(head(announced));
    if (!request.method().equals("HEAD") && response.status() != 204) {
      whole.write(response.body(), 0, Math.min(bodyBytes, response.body().length));
    }
    out.write(whole.toByteArray());
    out.flush();
  }

  void stream(HttpResponse response, BodyWriter body) throws IOException, InterruptedException {
    out.write(head(response));
    out.flush();
    body.write(out);
    out.flush();
  }

  private static boolean hasLength(HttpResponse response) {
    return response.status() == 204 || response.headers().contains("Content-Length");
  }

  private static byte[] head(HttpResponse response) {
    StringBuilder head = new StringBuilder("HTTP/1.1 ").append(response.status()).append(" \r\n");
    response
        .headers()
        .fields()
        .forEach(h -> head.append(h.name()).append(": ").append(h.value()).append("\r\n"));
    return head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
  }
}
