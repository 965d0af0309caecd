package io.autotls.acme;

import java.util.List;
import java.util.stream.Collectors;

/** For one of the names the CA offers no challenge that the {@link Prover} can answer. */
public final class AcmeChallengeException extends AcmeException {
  private static final long serialVersionUID = 1L;

  private final transient Identifier identifier;
  private final transient List<String> offered;

  AcmeChallengeException(Authorization authorization) {
    super(message(authorization), authorization.url(), null, null, null);
    this.identifier = authorization.identifier();
    this.offered = authorization.challenges().stream().map(AcmeChallenge::type).toList();
  }

  private static String message(Authorization authorization) {
    String offered =
        authorization.challenges().stream()
            .map(AcmeChallenge::type)
            .collect(Collectors.joining(", "));
    return "For "
        + authorization.identifier().value()
        + (authorization.wildcard() ? " as a wildcard" : "")
        + " the CA offers the challenges "
        + (offered.isEmpty() ? "(none)" : offered)
        + ", and none of them can be answered here.";
  }

  /** The name. */
  public Identifier identifier() {
    return identifier;
  }

  /** The types of the challenges that the CA offers. */
  public List<String> offered() {
    return offered;
  }
}
