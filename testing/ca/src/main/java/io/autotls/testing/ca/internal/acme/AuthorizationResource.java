package io.autotls.testing.ca.internal.acme;

import io.autotls.testing.ca.Processing;
import io.autotls.testing.ca.internal.http.HttpResponse;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Authorizations and challenges (RFC 8555 §7.5). */
final class AuthorizationResource {
  private static final Logger log = LoggerFactory.getLogger(AuthorizationResource.class);

  private final Ledger ledger;
  private final Settings settings;
  private final Urls urls;
  private final Map<String, ChallengeValidator> validators;
  private final Work work;

  AuthorizationResource(
      Ledger ledger,
      Settings settings,
      Urls urls,
      Map<String, ChallengeValidator> validators,
      Work work) {
    this.ledger = ledger;
    this.settings = settings;
    this.urls = urls;
    this.validators = Map.copyOf(validators);
    this.work = work;
  }

  HttpResponse authorization(AcmeRequest request, String id) throws ProblemException {
    Authorization authorization =
        ledger.locked(
            () ->
                ledger
                    .authorization(id)
                    .orElseThrow(() -> Problem.notFound("no such authorization")));
    checkOwner(request, authorization);
    if (!request.isPostAsGet()) {
      if (!request.json().string("status").orElse("").equals("deactivated")) {
        throw Problem.malformed("the only change of an authorization is to deactivate it");
      }
      ledger.locked(() -> deactivate(authorization));
    }
    return ledger.locked(
        () -> {
          Instant now = ledger.now();
          HttpResponse response = Replies.json(200, authorization.toJson(urls, now));
          return authorization.status(now).equals("pending") && settings.retryAfter().isPresent()
              ? response.plus("Retry-After", OrderResource.seconds(settings.retryAfter().get()))
              : response;
        });
  }

  private Authorization deactivate(Authorization authorization) throws ProblemException {
    String status = authorization.status(ledger.now());
    if (!status.equals("pending") && !status.equals("valid")) {
      throw Problem.malformed("the authorization is " + status);
    }
    authorization.deactivate();
    return authorization;
  }

  private static void checkOwner(AcmeRequest request, Authorization authorization)
      throws ProblemException {
    if (!authorization.account().equals(request.requireAccount())) {
      throw Problem.unauthorized("the authorization belongs to another account");
    }
  }

  HttpResponse challenge(AcmeRequest request, String id) throws ProblemException {
    Challenge challenge =
        ledger.locked(
            () -> ledger.challenge(id).orElseThrow(() -> Problem.notFound("no such challenge")));
    checkOwner(request, challenge.authorization());
    if (request.isPostAsGet()) {
      return reply(challenge);
    }
    if (!request.payloadText().equals("{}")) {
      throw Problem.malformed("the answer to a challenge must be exactly {}");
    }
    ledger.locked(() -> begin(challenge));
    String keyAuthorization = challenge.token() + "." + request.key().thumbprint();
    if (settings.validation() == Processing.IN_REQUEST) {
      validate(challenge, keyAuthorization);
      return reply(challenge);
    }
    HttpResponse response = reply(challenge);
    work.after(settings.validationDelay(), () -> validate(challenge, keyAuthorization));
    return response;
  }

  private Challenge begin(Challenge challenge) throws ProblemException {
    String status = challenge.authorization().status(ledger.now());
    if (!challenge.status().equals("pending") || !status.equals("pending")) {
      throw Problem.malformed(
          "cannot update a challenge with status "
              + challenge.status()
              + " of an authorization with status "
              + status);
    }
    challenge.process();
    return challenge;
  }

  private HttpResponse reply(Challenge challenge) throws ProblemException {
    return ledger.locked(
        () ->
            Replies.json(200, challenge.toJson(urls))
                .plus("Link", Replies.link(urls.authorization(challenge.authorization()), "up")));
  }

  private void validate(Challenge challenge, String keyAuthorization) {
    Identifier identifier = challenge.authorization().identifier();
    Problem problem = null;
    try {
      ChallengeValidator validator = validators.get(challenge.type());
      if (validator == null) {
        throw Problem.of(
                400, "malformed", "this CA only names " + challenge.type() + ", it cannot check it")
            .asException();
      }
      validator.validate(identifier, challenge.token(), keyAuthorization);
    } catch (ProblemException e) {
      problem = e.problem();
    } catch (RuntimeException e) {
      log.error("The test CA could not check {} of {}", challenge.type(), identifier.value(), e);
      problem = Problem.of(500, "serverInternal", "the check failed: " + e);
    }
    log.debug(
        "{} of {}: {}",
        challenge.type(),
        identifier.value(),
        problem == null ? "valid" : problem.detail());
    finish(challenge, problem);
  }

  private void finish(Challenge challenge, @Nullable Problem problem) {
    ledger.read(
        () -> {
          if (problem == null) {
            Instant now = ledger.now();
            challenge.pass(now, now.plus(settings.fixed().authorizationLifetime()));
          } else {
            challenge.fail(problem);
          }
          return challenge;
        });
  }
}
