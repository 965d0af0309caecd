package io.autotls.testing.ca.internal.http;

import java.nio.charset.StandardCharsets;

/** A response as it leaves. */
public record HttpResponse(int status, Headers headers, byte[] body) {
  public static HttpResponse empty(int status) {
    return new HttpResponse(status, Headers.NONE, new byte[0]);
  }

  public static HttpResponse of(int status, String contentType, String body) {
    return new HttpResponse(
        status, Headers.of("Content-Type", contentType), body.getBytes(StandardCharsets.UTF_8));
  }

  public HttpResponse plus(String name, String value) {
    return new HttpResponse(status, headers.plus(name, value), body);
  }

  public HttpResponse with(Headers others) {
    return new HttpResponse(status, headers.withAll(others), body);
  }

  /** A copy with this field, unless there is one of the name already. */
  public HttpResponse withDefault(String name, String value) {
    return headers.contains(name) ? this : plus(name, value);
  }

  public HttpResponse without(String name) {
    return new HttpResponse(status, headers.without(name), body);
  }

  public HttpResponse withBody(String text) {
    return new HttpResponse(status, headers, text.getBytes(StandardCharsets.UTF_8));
  }

  public String text() {
    return new String(body, StandardCharsets.UTF_8);
  }
}
