package io.autotls.acme;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The CA has given up an order (RFC 8555 §7.1.6), or it was given up here after a very long time
 * without news. Only a new order helps, after {@link #failures()} have been seen to.
 */
public final class AcmeOrderFailedException extends AcmeException {
  private static final long serialVersionUID = 1L;
  private static final int MAX_SHOWN = 20;

  /**
   * What went wrong with one name.
   *
   * @param identifier the name, without {@code *.}
   * @param challenge the type of the challenge that failed; null if it was something else
   * @param problem what the CA says; null if it says nothing
   */
  public record Failure(
      Identifier identifier, @Nullable String challenge, @Nullable AcmeProblem problem) {
    @Override
    public String toString() {
      return identifier.value()
          + (challenge == null ? "" : " by " + challenge)
          + ": "
          + (problem == null ? "no reason was given" : problem);
    }
  }

  /** Which process put the answers to the order's challenges in place. */
  public enum Answered {
    /** The one that found the failure. */
    HERE,
    /** Another one, which may have ended since; or none. */
    ELSEWHERE
  }

  private final transient List<Failure> failures;
  private final Answered answered;

  private AcmeOrderFailedException(
      String message,
      URI order,
      @Nullable AcmeProblem problem,
      List<Failure> failures,
      Answered answered) {
    super(message, order, problem, null, null);
    this.failures = List.copyOf(failures);
    this.answered = answered;
  }

  /** The reasons stand in the authorizations, or else in the order. */
  static AcmeOrderFailedException of(
      Order order, List<Authorization> authorizations, Answered answered) {
    List<Failure> failures = failures(authorizations);
    AcmeProblem error = order.error().orElse(null);
    if (failures.isEmpty() && error != null) {
      for (AcmeProblem subproblem : error.subproblems()) {
        subproblem
            .identifier()
            .ifPresent(identifier -> failures.add(new Failure(identifier, null, subproblem)));
      }
    }
    String why =
        !failures.isEmpty()
            ? shown(failures)
            : error == null ? "it gave no reason" : error.toString();
    return new AcmeOrderFailedException(
        "The CA gave up the order: " + why + ".", order.url(), error, failures, answered);
  }

  /** For an order that was not for this name alone. */
  static AcmeOrderFailedException notOrdered(URI order, Authorization authorization) {
    return new AcmeOrderFailedException(
        "The CA asks for a proof of "
            + (authorization.wildcard() ? "*." : "")
            + authorization.identifier().value()
            + ", which was not ordered; nothing was answered, and the order is given up.",
        order,
        null,
        List.of(),
        Answered.ELSEWHERE);
  }

  /** For an order that asks for more than any real one. */
  static AcmeOrderFailedException tooMany(URI order, int authorizations) {
    return new AcmeOrderFailedException(
        "The order is given up: it has " + authorizations + " authorizations.",
        order,
        null,
        List.of(),
        Answered.ELSEWHERE);
  }

  /** The same reason for many challenges is one reason to a reader. */
  private static String shown(List<Failure> failures) {
    List<String> reasons = failures.stream().map(Failure::toString).distinct().toList();
    int more = reasons.size() - MAX_SHOWN;
    String first = String.join("; ", reasons.subList(0, Math.min(reasons.size(), MAX_SHOWN)));
    return more > 0 ? first + "; and " + more + " more" : first;
  }

  /** For orders that neither fail nor get on. */
  static AcmeOrderFailedException withoutNews(URI order) {
    return new AcmeOrderFailedException(
        "The order was given up: the CA has had no news about it for more than a day.",
        order,
        null,
        List.of(),
        Answered.ELSEWHERE);
  }

  /** What failed in these; empty if nothing has (yet). */
  static List<Failure> failures(List<Authorization> authorizations) {
    List<Failure> failures = new ArrayList<>();
    for (Authorization authorization : authorizations) {
      int before = failures.size();
      for (AcmeChallenge challenge : authorization.challenges()) {
        challenge
            .error()
            .ifPresent(
                problem ->
                    failures.add(
                        new Failure(authorization.identifier(), challenge.type(), problem)));
      }
      boolean lost =
          switch (authorization.status()) {
            case INVALID, DEACTIVATED, EXPIRED, REVOKED -> true;
            default -> false;
          };
      if (lost && failures.size() == before) {
        failures.add(new Failure(authorization.identifier(), null, null));
      }
    }
    return failures;
  }

  /** Who had put the answers in place. */
  public Answered answered() {
    return answered;
  }

  /** What went wrong, by name. Empty if the CA gave no reason that belongs to a name. */
  public List<Failure> failures() {
    return failures;
  }
}
