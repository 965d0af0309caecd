package io.autotls.acme;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One way to convince the CA (RFC 8555 §7.1.5, §8). Types that nobody here has heard of, and those
 * without a token, are kept as they are, to be ignored by those who do not know them.
 */
public final class AcmeChallenge {
  private static final Pattern TYPE = Pattern.compile("[A-Za-z0-9._-]{1,64}");
  private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9_-]{1,256}");

  private final URI url;
  private final String type;
  private final ChallengeStatus status;
  private final @Nullable String token; // null if absent, or not safe to use
  private final List<String> issuerDomainNames;
  private final @Nullable Instant validated;
  private final @Nullable AcmeProblem error;
  private final @Nullable Duration retryAfter; // null if the CA did not say, or was not asked

  private AcmeChallenge(JsonObject json, @Nullable Duration retryAfter)
      throws MalformedAnswerException {
    this.url = json.requiredUrl("url");
    this.type = json.requiredString("type");
    if (!TYPE.matcher(type).matches()) {
      throw new MalformedAnswerException("it has a challenge of a type that is no word");
    }
    this.status = ChallengeStatus.of(json.string("status"));
    String token = json.string("token");
    this.token = isToken(token) ? token : null;
    this.issuerDomainNames = issuerDomainNames(json.strings("issuer-domain-names"));
    this.validated = json.instant("validated");
    JsonObject error = json.object("error");
    AcmeProblem problem = error == null ? null : AcmeProblem.parse(error);
    this.error = problem == null || problem.isEmpty() ? null : problem;
    this.retryAfter = retryAfter;
  }

  static AcmeChallenge parse(JsonObject json) throws MalformedAnswerException {
    return new AcmeChallenge(json, null);
  }

  static AcmeChallenge read(Reply reply) throws AcmeServerException {
    Duration retryAfter = reply.retryAfter(RetryAfter.MAX_POLL);
    return reply.read(json -> new AcmeChallenge(json, retryAfter));
  }

  /** Whether challenges of this type have a token (RFC 8555 §8; dns-persist-01 has none). */
  static boolean needsToken(String type) {
    return !type.equals("dns-persist-01");
  }

  /**
   * Tokens become parts of paths and file names, so no other character may pass (RFC 8555 §8.3).
   */
  static boolean isToken(@Nullable String token) {
    return token != null && TOKEN.matcher(token).matches();
  }

  /** Where to tell the CA that the answer is in place. */
  public URI url() {
    return url;
  }

  /** The type, for example {@code http-01}. */
  public String type() {
    return type;
  }

  /** The challenge's state. To poll, look at the authorization. */
  public ChallengeStatus status() {
    return status;
  }

  /**
   * The token: letters, digits, {@code -} and {@code _} only, safe in a path. Empty if the type has
   * none, or if the CA sent one with other characters, which makes the challenge unusable.
   */
  public Optional<String> token() {
    return Optional.ofNullable(token);
  }

  /**
   * The names by which the CA wants to be named in a record of dns-persist-01. Empty for other
   * types, and if any of them is not a domain name in canonical form: then the draft forbids to
   * answer.
   */
  public List<String> issuerDomainNames() {
    return issuerDomainNames;
  }

  private static List<String> issuerDomainNames(List<String> names) {
    try {
      boolean canonical =
          names.size() <= 10
              && names.stream().allMatch(name -> Identifier.dns(name).value().equals(name));
      return canonical ? List.copyOf(names) : List.of();
    } catch (IllegalArgumentException e) {
      return List.of();
    }
  }

  /** When the CA was convinced. */
  public Optional<Instant> validated() {
    return Optional.ofNullable(validated);
  }

  /** Why the CA was not convinced. An empty one, as ZeroSSL sends it, counts as none. */
  public Optional<AcmeProblem> error() {
    return Optional.ofNullable(error);
  }

  /**
   * When to look at the authorization, counted from now: from one second to one day, whatever the
   * CA said. Empty if it said nothing.
   */
  public Optional<Duration> retryAfter() {
    return Optional.ofNullable(retryAfter);
  }

  /** Type and status, without the token. */
  @Override
  public String toString() {
    return "AcmeChallenge[" + type + ", " + status + "]";
  }
}
