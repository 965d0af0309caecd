package io.autotls.testing.ca.internal.acme;

import io.autotls.testing.ca.internal.http.Headers;
import io.autotls.testing.ca.internal.http.HttpResponse;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A problem document (RFC 8555 §6.7); {@code type} is without the URN's prefix. */
public record Problem(
    int status, String type, String detail, Map<String, Object> members, Headers headers) {
  private static final String PREFIX = "urn:ietf:params:acme:error:";

  public static Problem of(int status, String type, String detail) {
    return new Problem(status, type, detail, Map.of(), Headers.NONE);
  }

  public static ProblemException malformed(String detail) {
    return of(400, "malformed", detail).asException();
  }

  public static ProblemException unauthorized(String detail) {
    return of(403, "unauthorized", detail).asException();
  }

  public static ProblemException notFound(String detail) {
    return of(404, "malformed", detail).asException();
  }

  public ProblemException asException() {
    return new ProblemException(this);
  }

  public Problem with(String member, Object value) {
    Map<String, Object> copy = new LinkedHashMap<>(members);
    copy.put(member, value);
    return new Problem(status, type, detail, copy, headers);
  }

  public Problem withHeader(String name, String value) {
    return new Problem(status, type, detail, members, headers.plus(name, value));
  }

  /** Says which identifiers were bad and why (RFC 8555 §6.7.1). */
  public Problem withSubproblems(List<Map<String, Object>> subproblems) {
    return with("subproblems", subproblems);
  }

  /** This problem as the part of another that concerns one identifier. */
  public Map<String, Object> about(Identifier identifier) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("type", PREFIX + type);
    json.put("detail", detail);
    json.put("identifier", identifier.toJson());
    return json;
  }

  public Map<String, Object> toJson() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("type", type.contains(":") ? type : PREFIX + type);
    json.put("detail", detail);
    json.put("status", status);
    json.putAll(members);
    return json;
  }

  public HttpResponse toResponse() {
    return HttpResponse.of(status, "application/problem+json", Json.write(toJson())).with(headers);
  }
}
