package io.autotls.testing.ca.internal.acme;

import io.autotls.testing.ca.Processing;
import io.autotls.testing.ca.RetryAfter;
import java.time.Duration;

/** How an order goes its way; a test changes it at any time. */
public final class FlowSettings {
  /** In which state orders are born. */
  public enum Birth {
    PENDING,
    /** With authorizations that are valid already. */
    READY,
    /** As an earlier order for the same names, if one is valid. */
    EARLIER
  }

  /** What a failed challenge does to its authorization. */
  public enum Failure {
    ENDS_AUTHORIZATION,
    LEAVES_IT_PENDING
  }

  /** How often the CA looks again after a failed validation, and after what pause each time. */
  public record Retries(int count, Duration pause) {
    /** After the next look, as RFC 8555 §8.2 recommends. */
    RetryAfter retryAfter() {
      return RetryAfter.seconds(pause.plusMillis(999));
    }
  }

  private final Gate validations = new Gate();
  private final Gate issuances = new Gate();
  private volatile Duration validationDelay = Duration.ZERO;
  private volatile Duration issuanceDelay = Duration.ZERO;
  private volatile Processing validation = Processing.IN_BACKGROUND;
  private volatile Processing issuance = Processing.IN_BACKGROUND;
  private volatile Retries retries = new Retries(0, Duration.ZERO);
  private volatile Birth birth = Birth.PENDING;
  private volatile Failure failure = Failure.ENDS_AUTHORIZATION;
  private volatile double reusedAuthorizations;

  public Gate validations() {
    return validations;
  }

  public Gate issuances() {
    return issuances;
  }

  Duration validationDelay() {
    return validationDelay;
  }

  public void validationDelay(Duration delay) {
    validationDelay = delay;
  }

  Duration issuanceDelay() {
    return issuanceDelay;
  }

  public void issuanceDelay(Duration delay) {
    issuanceDelay = delay;
  }

  Processing validation() {
    return validation;
  }

  public void validation(Processing processing) {
    validation = processing;
  }

  Processing issuance() {
    return issuance;
  }

  public void issuance(Processing processing) {
    issuance = processing;
  }

  Retries retries() {
    return retries;
  }

  public void retries(Retries changed) {
    retries = changed;
  }

  Birth birth() {
    return birth;
  }

  public void birth(Birth changed) {
    birth = changed;
  }

  Failure failure() {
    return failure;
  }

  public void failure(Failure changed) {
    failure = changed;
  }

  double reusedAuthorizations() {
    return reusedAuthorizations;
  }

  public void reusedAuthorizations(double share) {
    reusedAuthorizations = share;
  }
}
