package io.autotls.testing.ca.internal.acme;

import io.autotls.testing.ca.internal.http.HttpResponse;
import java.util.Map;

/** Responses in JSON. */
final class Replies {
  private Replies() {}

  static HttpResponse json(int status, Map<String, Object> body) {
    return HttpResponse.of(status, "application/json", Json.write(body));
  }

  static String link(String url, String relation) {
    return "<" + url + ">;rel=\"" + relation + "\"";
  }
}
