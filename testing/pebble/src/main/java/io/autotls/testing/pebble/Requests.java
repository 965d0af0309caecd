package io.autotls.testing.pebble;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

/** Requests to the two processes. */
final class Requests {
  private Requests() {}

  /**
   * Sends a request and returns the body of the answer.
   *
   * @throws IOException also if the status is not 200
   */
  static <T> T send(HttpClient client, HttpRequest request, HttpResponse.BodyHandler<T> body)
      throws IOException {
    try {
      HttpResponse<T> response = client.send(request, body);
      if (response.statusCode() != 200) {
        throw new IOException(request.uri() + " answered " + response.statusCode());
      }
      return response.body();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for " + request.uri());
    }
  }
}
