package io.autotls.solver.http;

import java.util.Map;
import java.util.Objects;

/**
 * What a server sends back, complete and ready to be written.
 *
 * <p>The body of an answer to a challenge is a key authorization, so {@link #toString()} tells its
 * length only.
 *
 * @param status the status code
 * @param contentType the value of {@code Content-Type}
 * @param headers the other headers to set, without {@code Content-Length}
 * @param body ASCII, and empty if no body is to be written
 */
public record HttpAnswer(int status, String contentType, Map<String, String> headers, String body) {
  public HttpAnswer {
    Objects.requireNonNull(contentType, "contentType");
    Objects.requireNonNull(body, "body");
    headers = Map.copyOf(headers);
  }

  @Override
  public String toString() {
    return "HttpAnswer[" + status + ", " + body.length() + " characters]";
  }
}
