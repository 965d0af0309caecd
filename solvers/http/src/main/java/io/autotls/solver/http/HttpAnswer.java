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
 * @param body sent as UTF-8, and empty if no body is to be written
 */
public record HttpAnswer(int status, String contentType, Map<String, String> headers, String body) {
  /**
   * Checks what would break an answer.
   *
   * @throws IllegalArgumentException if the status is not from 200 to 599, or a header has a line
   *     break or another control character
   */
  public HttpAnswer {
    Objects.requireNonNull(body, "body");
    if (status < 200 || status > 599) {
      throw new IllegalArgumentException("not the status of an answer: " + status);
    }
    requireText(Objects.requireNonNull(contentType, "contentType"));
    headers = Map.copyOf(headers);
    headers.forEach(
        (name, value) -> {
          requireText(name);
          requireText(value);
        });
  }

  private static void requireText(String headerPart) {
    if (headerPart.chars().anyMatch(Character::isISOControl)) {
      throw new IllegalArgumentException("a header has a control character");
    }
  }

  @Override
  public String toString() {
    return "HttpAnswer[" + status + ", " + body.length() + " characters]";
  }
}
