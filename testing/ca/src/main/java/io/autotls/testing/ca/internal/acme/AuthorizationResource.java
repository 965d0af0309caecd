package io.autotls.testing.ca.internal.acme;

import io.autotls.testing.ca.Endpoint;
import io.autotls.testing.ca.internal.http.HttpResponse;
import java.time.Instant;

/** Authorizations: ahead of an order, reading, deactivating (RFC 8555 §7.4.1, §7.5). */
final class AuthorizationResource {
  private final Ledger ledger;
  private final Settings settings;
  private final Urls urls;
  private final AuthorizationFactory factory;

  AuthorizationResource(Ledger ledger, Settings settings, Urls urls, AuthorizationFactory factory) {
    this.ledger = ledger;
    this.settings = settings;
    this.urls = urls;
    this.factory = factory;
  }

  /** Pre-authorization: wildcards are not for it. */
  HttpResponse create(AcmeRequest request) throws ProblemException {
    Account account = request.requireAccount();
    Object value =
        request.json().get("identifier").orElseThrow(() -> Problem.malformed("no identifier"));
    Identifier identifier = Identifier.parse(Json.of("identifier", value));
    if (identifier.isWildcard() || identifier.fault().isPresent()) {
      throw Problem.malformed(identifier.value() + " cannot be authorized ahead of an order");
    }
    if (settings.refuses(identifier)) {
      throw Problem.of(403, "rejectedIdentifier", "the CA will not issue for " + identifier.value())
          .asException();
    }
    return ledger.locked(
        () -> {
          Authorization authorization = factory.ahead(account, identifier);
          return Replies.json(201, authorization.toJson(urls, ledger.now()))
              .plus("Location", urls.authorization(authorization));
        });
  }

  HttpResponse authorization(AcmeRequest request, String id) throws ProblemException {
    Authorization authorization =
        ledger.locked(
            () ->
                ledger
                    .authorization(id)
                    .orElseThrow(() -> Problem.notFound("no such authorization")));
    authorization.checkOwner(request.requireAccount());
    if (!request.isPostAsGet()) {
      if (!request.json().string("status").orElse("").equals("deactivated")) {
        throw Problem.malformed("the only change of an authorization is to deactivate it");
      }
      ledger.locked(() -> deactivate(authorization));
    }
    return ledger.locked(() -> reply(authorization));
  }

  private HttpResponse reply(Authorization authorization) {
    Instant now = ledger.now();
    HttpResponse response = Replies.json(200, authorization.toJson(urls, now));
    return authorization.status(now).equals("pending")
        ? settings.withRetryAfter(Endpoint.AUTHORIZATION, response)
        : response;
  }

  private Authorization deactivate(Authorization authorization) throws ProblemException {
    String status = authorization.status(ledger.now());
    if (!status.equals("pending") && !status.equals("valid")) {
      throw Problem.malformed("the authorization is " + status);
    }
    authorization.deactivate();
    return authorization;
  }
}
