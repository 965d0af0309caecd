package io.autotls.testing.ca;

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
  private final @Nullable Integer status; // null while there is no response
  private final @Nullable String problem; // null unless the response is a problem document

  private RecordedRequest(Builder builder, @Nullable Integer status, @Nullable String problem) {
    this.at = builder.at;
    this.method = builder.method;
    this.target = builder.target;
    this.endpoint = builder.endpoint;
    this.kid = builder.kid;
    this.payload = builder.payload;
    this.status = status;
    this.problem = problem;
  }

  /** Starts the record of a request; for the CA itself. */
  public static Builder builder(Instant at, String method, String target, Endpoint endpoint) {
    return new Builder(at, method, target, endpoint);
  }

  /** A copy that knows the response; for the CA itself. An empty problem means none. */
  public RecordedRequest completed(int responseStatus, String problemType) {
    Builder copy = new Builder(at, method, target, endpoint).payload(payload);
    copy.kid = kid;
    return new RecordedRequest(copy, responseStatus, problemType.isEmpty() ? null : problemType);
  }

  /** When it arrived, on the clock of the CA. */
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
        + (problem == null ? "" : " " + problem);
  }

  /** Collects what is known when a request arrives. */
  public static final class Builder {
    private final Instant at;
    private final String method;
    private final String target;
    private final Endpoint endpoint;
    private @Nullable String kid;
    private String payload = "";

    private Builder(Instant at, String method, String target, Endpoint endpoint) {
      this.at = at;
      this.method = method;
      this.target = target;
      this.endpoint = endpoint;
    }

    /** Sets the account URL. */
    public Builder kid(String url) {
      this.kid = url;
      return this;
    }

    /** Sets the decoded payload. */
    public Builder payload(String text) {
      this.payload = text;
      return this;
    }

    /** A record without a response. */
    public RecordedRequest build() {
      return new RecordedRequest(this, null, null);
    }
  }
}
