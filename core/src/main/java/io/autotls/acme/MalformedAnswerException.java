package io.autotls.acme;

/**
 * What the CA sent is not what the RFC says. Carries only a short reason; who catches it adds the
 * URL and turns it into an {@link AcmeServerException}.
 */
final class MalformedAnswerException extends Exception {
  private static final long serialVersionUID = 1L;

  MalformedAnswerException(String reason) {
    super(reason);
  }
}
