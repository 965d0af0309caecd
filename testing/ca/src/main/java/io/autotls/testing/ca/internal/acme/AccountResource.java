package io.autotls.testing.ca.internal.acme;

import io.autotls.testing.ca.internal.http.HttpResponse;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** Accounts: registration, update, deactivation, orders, change of key (RFC 8555 §7.3). */
final class AccountResource {
  private static final int MAX_CONTACTS = 10;
  private static final int ORDERS_PER_PAGE = 3;
  private static final Pattern ADDRESS =
      Pattern.compile("[^\\s@,?:/]+@[A-Za-z0-9-]+(\\.[A-Za-z0-9-]+)+");

  private final Ledger ledger;
  private final Settings settings;
  private final Urls urls;
  private final Limiter limits;

  AccountResource(Ledger ledger, Settings settings, Urls urls, Limiter limits) {
    this.limits = limits;
    this.ledger = ledger;
    this.settings = settings;
    this.urls = urls;
  }

  HttpResponse create(AcmeRequest request) throws ProblemException {
    if (request.account() != null) {
      throw Problem.malformed("newAccount needs jwk, not kid, in the protected header");
    }
    Json json = request.json();
    boolean onlyExisting = json.isTrue("onlyReturnExisting");
    return ledger.locked(
        () -> {
          Optional<Account> existing = ledger.accountOf(request.key());
          if (existing.isPresent()) {
            return existing(existing.get());
          }
          if (onlyExisting) {
            throw Problem.of(400, "accountDoesNotExist", "there is no account of this key")
                .asException();
          }
          List<String> contact = contact(json);
          checkTerms(json);
          checkExternalAccount(request, json);
          limits.register("127.0.0.1"); // everybody is here
          return reply(201, ledger.addAccount(request.key(), contact));
        });
  }

  private HttpResponse existing(Account account) throws ProblemException {
    if (!account.isValid()) {
      throw Problem.of(401, "unauthorized", "the account of this key is " + account.status())
          .asException();
    }
    return reply(200, account);
  }

  private HttpResponse reply(int status, Account account) {
    return Replies.json(status, account.toJson(urls)).plus("Location", urls.account(account));
  }

  private static List<String> contact(Json json) throws ProblemException {
    List<String> contact = new ArrayList<>();
    for (Object entry : json.list("contact").orElse(List.of())) {
      if (!(entry instanceof String url) || contact.size() == MAX_CONTACTS) {
        throw Problem.of(400, "invalidContact", "contact must be a list of 10 URLs at most")
            .asException();
      }
      if (!url.startsWith("mailto:")) {
        throw Problem.of(400, "unsupportedContact", "only mailto: is supported as contact")
            .asException();
      }
      if (!ADDRESS.matcher(url.substring("mailto:".length())).matches()) {
        throw Problem.of(400, "invalidContact", "a contact is not one mail address").asException();
      }
      contact.add(url);
    }
    return contact;
  }

  private void checkTerms(Json json) throws ProblemException {
    boolean agreed = json.isTrue("termsOfServiceAgreed");
    if (settings.fixed().termsOfService() != null && !agreed) {
      String terms = settings.fixed().termsOfService().toString();
      throw Problem.of(403, "userActionRequired", "the terms of service must be agreed to")
          .withHeader("Link", Replies.link(terms, "terms-of-service"))
          .asException();
    }
  }

  private void checkExternalAccount(AcmeRequest request, Json json) throws ProblemException {
    Map<String, byte[]> keys = settings.fixed().externalAccounts();
    Optional<Object> binding = json.get("externalAccountBinding");
    if (binding.isPresent()) {
      ExternalAccountBinding.check(binding.get(), keys, request);
    } else if (!keys.isEmpty()) {
      throw Problem.of(403, "externalAccountRequired", "newAccount needs externalAccountBinding")
          .asException();
    }
  }

  HttpResponse update(AcmeRequest request, String id) throws ProblemException {
    Account account = own(request, id);
    if (request.isPostAsGet()) {
      return ledger.locked(() -> Replies.json(200, account.toJson(urls)));
    }
    Json json = request.json();
    Optional<String> status = json.string("status");
    if (status.isEmpty() && !json.has("contact")) {
      throw Problem.malformed("an update of an account needs contact or status");
    }
    if (status.isPresent() && !status.get().equals("deactivated")) {
      throw Problem.malformed("the only status to ask for is deactivated");
    }
    return ledger.locked(
        () -> {
          if (status.isPresent()) {
            account.deactivate();
          } else {
            account.contact(contact(json));
          }
          return Replies.json(200, account.toJson(urls));
        });
  }

  private Account own(AcmeRequest request, String id) throws ProblemException {
    Account account = request.requireAccount();
    if (!account.id().equals(id)) {
      throw Problem.unauthorized("this is not the account that signed the request");
    }
    return account;
  }

  HttpResponse orders(AcmeRequest request, String id) throws ProblemException {
    Account account = own(request, id);
    request.requirePostAsGet();
    String query = request.http().query();
    if (!query.matches("(cursor=[0-9]{1,6})?")) {
      throw Problem.malformed("the query is not one that this CA gave out");
    }
    int from = query.isEmpty() ? 0 : Integer.parseInt(query.substring("cursor=".length()));
    return ledger.locked(
        () -> {
          // RFC 8555 §7.1.2.1: invalid orders should not be listed.
          List<String> all =
              account.orders().stream()
                  .filter(order -> !order.status(ledger.now()).equals("invalid"))
                  .map(urls::order)
                  .toList();
          int start = Math.min(from, all.size());
          int end = Math.min(start + ORDERS_PER_PAGE, all.size());
          Map<String, Object> json = new LinkedHashMap<>();
          json.put("orders", all.subList(start, end));
          HttpResponse response = Replies.json(200, json);
          String next = urls.orders(account) + "?cursor=" + end;
          return end < all.size() ? response.plus("Link", Replies.link(next, "next")) : response;
        });
  }

  /** Change of key (RFC 8555 §7.3.5): the new key signs the inner JWS, the old one the outer. */
  HttpResponse changeKey(AcmeRequest request) throws ProblemException {
    Account account = request.requireAccount();
    Jws inner = Jws.parse(request.json());
    if (inner.header().has("nonce") || inner.header().has("kid") || !inner.header().has("jwk")) {
      throw Problem.malformed("the inner JWS must have jwk, and neither nonce nor kid");
    }
    if (!inner.header().requireString("url").equals(request.url())) {
      throw Problem.malformed("url of the inner JWS must be that of the outer");
    }
    Jwk newKey = Jwk.parse(Json.of("jwk", inner.header().get("jwk").orElseThrow()));
    inner.verify(newKey);
    Json payload = Json.parse("the inner payload", inner.payload());
    if (!payload.requireString("account").equals(urls.account(account))) {
      throw Problem.malformed("account in the inner payload is not the account that signed");
    }
    Object oldKey = payload.get("oldKey").orElseThrow(() -> Problem.malformed("no oldKey"));
    if (!Jwk.parse(Json.of("oldKey", oldKey)).equals(request.key())) {
      throw Problem.malformed("oldKey is not the key of the account");
    }
    return ledger.locked(
        () -> {
          Optional<Account> user = ledger.accountOf(newKey);
          if (user.isPresent()) {
            throw Problem.of(409, "malformed", "the new key is in use by an account")
                .withHeader("Location", urls.account(user.get()))
                .asException();
          }
          account.key(newKey);
          return Replies.json(200, account.toJson(urls));
        });
  }
}
