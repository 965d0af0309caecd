package io.autotls.testing.ca.internal.acme;

import io.autotls.testing.ca.Endpoint;
import io.autotls.testing.ca.Processing;
import io.autotls.testing.ca.internal.acme.FlowSettings.Failure;
import io.autotls.testing.ca.internal.acme.FlowSettings.Retries;
import io.autotls.testing.ca.internal.http.HttpResponse;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Challenges (RFC 8555 §7.5.1): the client says that it is ready, the CA looks, and looks again if
 * it is set to (§8.2).
 */
final class ChallengeResource {
  private static final Logger log = LoggerFactory.getLogger(ChallengeResource.class);

  private final Ledger ledger;
  private final Settings settings;
  private final Urls urls;
  private final Map<String, ChallengeValidator> validators;
  private final Work work;
  private final Limiter limits;

  ChallengeResource(
      Ledger ledger,
      Settings settings,
      Urls urls,
      Map<String, ChallengeValidator> validators,
      Work work,
      Limiter limits) {
    this.ledger = ledger;
    this.settings = settings;
    this.urls = urls;
    this.validators = Map.copyOf(validators);
    this.work = work;
    this.limits = limits;
  }

  HttpResponse challenge(AcmeRequest request, String id) throws ProblemException {
    Challenge challenge =
        ledger.locked(
            () -> ledger.challenge(id).orElseThrow(() -> Problem.notFound("no such challenge")));
    challenge.authorization().checkOwner(request.requireAccount());
    if (request.isPostAsGet()) {
      return reply(challenge);
    }
    if (!request.payloadText().equals("{}")) {
      throw Problem.malformed("the answer to a challenge must be exactly {}");
    }
    int looks = ledger.locked(() -> begin(challenge));
    Proof proof = proof(challenge, request);
    Runnable look = () -> look(challenge, proof, looks);
    if (settings.flow().validations().keeps(look)) {
      return reply(challenge);
    }
    if (settings.flow().validation() == Processing.IN_REQUEST) {
      look.run();
      return reply(challenge);
    }
    HttpResponse response = reply(challenge);
    work.after(settings.flow().validationDelay(), look);
    return response;
  }

  /**
   * How many looks are due. None besides an extra one if the CA is between two looks: the client
   * asks for a retry by sending its answer again.
   */
  private int begin(Challenge challenge) throws ProblemException {
    if (challenge.isRetrying()) {
      return 0;
    }
    String status = challenge.authorization().status(ledger.now());
    if (!challenge.status().equals("pending") || !status.equals("pending")) {
      throw Problem.malformed(
          "cannot update a challenge with status "
              + challenge.status()
              + " of an authorization with status "
              + status);
    }
    challenge.process();
    return 1 + settings.flow().retries().count();
  }

  private Proof proof(Challenge challenge, AcmeRequest request) {
    Authorization authorization = challenge.authorization();
    return new Proof(
        authorization.identifier(),
        challenge.token(),
        challenge.token() + "." + request.key().thumbprint(),
        urls.account(authorization.account()));
  }

  private HttpResponse reply(Challenge challenge) throws ProblemException {
    return ledger.locked(
        () -> {
          HttpResponse response =
              Replies.json(200, challenge.toJson(urls))
                  .plus("Link", Replies.link(urls.authorization(challenge.authorization()), "up"));
          if (challenge.isRetrying()) {
            return settings.withRetryAfter(settings.flow().retries().retryAfter(), response);
          }
          return challenge.isProcessing()
              ? settings.withRetryAfter(Endpoint.CHALLENGE, response)
              : response;
        });
  }

  private void look(Challenge challenge, Proof proof, int looksLeft) {
    Optional<Problem> problem = check(challenge, proof);
    log.debug(
        "{} of {}: {}",
        challenge.type(),
        proof.identifier().value(),
        problem.map(Problem::detail).orElse("valid"));
    ledger.read(() -> conclude(challenge, problem, looksLeft));
    if (problem.isPresent() && looksLeft > 1) {
      Retries retries = settings.flow().retries();
      work.after(retries.pause(), () -> lookAgain(challenge, proof, looksLeft - 1));
    }
  }

  private void lookAgain(Challenge challenge, Proof proof, int looksLeft) {
    if (ledger.read(challenge::isProcessing)) {
      look(challenge, proof, looksLeft);
    }
  }

  private Challenge conclude(Challenge challenge, Optional<Problem> problem, int looksLeft) {
    if (!challenge.isProcessing()) {
      return challenge; // another look has decided
    }
    if (problem.isEmpty()) {
      Instant now = ledger.now();
      challenge.pass(now, now.plus(settings.fixed().authorizationLifetime()));
    } else if (looksLeft == 1) {
      fail(challenge, problem.get());
    } else {
      challenge.note(problem.get());
    }
    return challenge;
  }

  private void fail(Challenge challenge, Problem problem) {
    Authorization authorization = challenge.authorization();
    challenge.fail(problem);
    limits.noteFailure(authorization.account(), authorization.identifier());
    if (settings.flow().failure() == Failure.ENDS_AUTHORIZATION) {
      authorization.fail(problem);
    }
  }

  private Optional<Problem> check(Challenge challenge, Proof proof) {
    try {
      ChallengeValidator validator = validators.get(challenge.type());
      if (validator == null) {
        throw Problem.of(
                400, "malformed", "this CA only names " + challenge.type() + ", it cannot check it")
            .asException();
      }
      validator.validate(proof);
      return Optional.empty();
    } catch (ProblemException e) {
      return Optional.of(e.problem());
    } catch (RuntimeException e) {
      String name = proof.identifier().value();
      log.error("The test CA could not check {} of {}", challenge.type(), name, e);
      return Optional.of(Problem.of(500, "serverInternal", "the check failed: " + e));
    }
  }
}
