package io.autotls.testing.ca.internal.http;

import java.nio.charset.StandardCharsets;

/** A request as it arrived; {@code target} is what stands in the request line, query included. */
public record HttpRequest(String method, String target, Headers headers, byte[] body) {
  /** The target without its query. */
  public String path() {
    int query = target.indexOf('?');
    return query < 0 ? target : target.substring(0, query);
  }

  /** The query without its question mark; empty if there is none. */
  public String query() {
    int query = target.indexOf('?');
    return query < 0 ? "" : target.substring(query + 1);
  }

  public String text() {
    return new String(body, StandardCharsets.UTF_8);
  }
}
