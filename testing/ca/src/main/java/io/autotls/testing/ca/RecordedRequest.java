package io.autotls.testing.ca;

import io.autotls.testing.ca.internal.acme.RequestLog;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** A request that reached the CA, and what became of it. */
public final class RecordedRequest {
  private final Instant at;
  private final String method;
  private final String target;
  private final Endpoint endpoint;
  private final @Nullable String kid; // null if the request has none
  private final String payload;
  private final @Nullable Instant earliest; // null if the CA had not asked for patience
  private final @Nullable Integer status; // null while there is no response
  private final @Nullable String problem; // null unless the response is a problem document

  RecordedRequest(RequestLog.Entry entry) {
    this.at = entry.at();
    this.method = entry.method();
    this.target = entry.target();
    this.endpoint = entry.endpoint();
    this.kid = entry.kid();
    this.payload = entry.payload();
    this.earliest = entry.earliest();
    this.status = entry.status();
    this.problem = entry.problem();
  }

  /** When it arrived, on the clock of the test: {@link TestCa#clockSkew} does not change it. */
  public Instant at() {
    return at;
  }

  /** The HTTP method. */
  public String method() {
    return method;
  }

  /** Path and query. */
  public String target() {
    return target;
  }

  /** Which resource it is for. */
  public Endpoint endpoint() {
    return endpoint;
  }

  /**
   * The account URL that signed; empty for a GET, and for a request that is signed by {@code jwk}.
   */
  public Optional<String> kid() {
    return Optional.ofNullable(kid);
  }

  /** The payload of the JWS, decoded; empty for POST-as-GET, for GET, and if it cannot be read. */
  public String payload() {
    return payload;
  }

  /**
   * The earliest time that the last {@code Retry-After} for this resource allowed. A resource is a
   * URL; for newOrder a URL and a set of names; a word at finalize is about the order.
   */
  public Optional<Instant> earliest() {
    return Optional.ofNullable(earliest);
  }

  /** Whether it came before {@link #earliest()}. */
  public boolean isImpatient() {
    return earliest != null && at.isBefore(earliest);
  }

  /** The status of the response; empty if the connection was dropped or nothing was sent yet. */
  public OptionalInt status() {
    return status == null ? OptionalInt.empty() : OptionalInt.of(status);
  }

  /**
   * The type of the problem in the response, without the URN's prefix, such as {@code badNonce}.
   */
  public Optional<String> problem() {
    return Optional.ofNullable(problem);
  }

  @Override
  public String toString() {
    return method
        + " "
        + endpoint
        + " "
        + (status == null ? "no response" : status.toString())
        + (problem == null ? "" : " " + problem)
        + (isImpatient() ? " (before " + earliest + ")" : "");
  }
}
