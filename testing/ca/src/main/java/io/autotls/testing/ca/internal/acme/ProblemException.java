package io.autotls.testing.ca.internal.acme;

import io.autotls.testing.ca.internal.http.HttpResponse;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jose4j.json.JsonUtil;

/** A request that the CA refuses, with the problem document that says why (RFC 8555 §6.7). */
final class ProblemException extends Exception {
  private static final long serialVersionUID = 1L;
  static final String NAMESPACE = "urn:ietf:params:acme:error:";

  private final int status;
  private final String type;
  private final transient Map<String, String> headers = new LinkedHashMap<>();
  private final transient List<Map<String, Object>> subproblems;

  ProblemException(int status, String type, String detail) {
    this(status, type, detail, List.of());
  }

  ProblemException(
      int status, String type, String detail, List<Map<String, Object>> subproblems) {
    super(detail);
    this.status = status;
    this.type = type;
    this.subproblems = subproblems;
  }

  static ProblemException malformed(String detail) {
    return new ProblemException(400, "malformed", detail);
  }

  ProblemException header(String name, String value) {
    headers.put(name, value);
    return this;
  }

  static Map<String, Object> document(int status, String type, String detail) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("type", NAMESPACE + type);
    document.put("detail", detail);
    document.put("status", status);
    return document;
  }

  HttpResponse response() {
    Map<String, Object> document = document(status, type, getMessage());
    if (!subproblems.isEmpty()) {
      document.put("subproblems", subproblems);
    }
    HttpResponse response =
        HttpResponse.of(status, "application/problem+json", JsonUtil.toJson(document));
    for (Map.Entry<String, String> header : headers.entrySet()) {
      response = response.plus(header.getKey(), header.getValue());
    }
    return response;
  }
}
