package io.autotls.acme;

import java.net.URI;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One way to prove control of an identifier (RFC 8555 §7.1.5, §8). Immutable. */
public final class Challenge {
  private final URI url;
  private final String type;
  private final ChallengeStatus status;
  private final @Nullable String token;
  private final @Nullable Problem error;

  private Challenge(JsonObject json) throws MalformedAnswerException {
    this.url = json.requiredUrl("url");
    this.type = json.requiredString("type");
    this.status = ChallengeStatus.of(json.string("status"));
    this.token = json.string("token"); // some types have none
    JsonObject problem = json.object("error");
    Problem parsed = problem == null ? null : Problem.parse(problem);
    boolean empty =
        parsed != null && parsed.type() == ProblemType.UNKNOWN && parsed.detail().isEmpty();
    this.error = empty ? null : parsed; // ZeroSSL sends {} where there is no error
  }

  static Challenge parse(JsonObject json) throws MalformedAnswerException {
    return new Challenge(json);
  }

  URI url() {
    return url;
  }

  /** The type, for example {@code http-01}; may be one that nobody knows. */
  public String type() {
    return type;
  }

  /** How far it is. */
  public ChallengeStatus status() {
    return status;
  }

  /** The token, as the CA sent it: check it before it goes into a path or file name. */
  public Optional<String> token() {
    return Optional.ofNullable(token);
  }

  /** What went wrong, if validation failed. */
  public Optional<Problem> error() {
    return Optional.ofNullable(error);
  }

  @Override
  public String toString() {
    return "Challenge[" + type + ", " + status + "]"; // never the token
  }
}
