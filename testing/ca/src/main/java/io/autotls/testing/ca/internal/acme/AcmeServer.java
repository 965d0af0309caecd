package io.autotls.testing.ca.internal.acme;

import io.autotls.testing.ca.internal.acme.Model.Account;
import io.autotls.testing.ca.internal.acme.Model.Authorization;
import io.autotls.testing.ca.internal.acme.Model.Challenge;
import io.autotls.testing.ca.internal.acme.Model.Identifier;
import io.autotls.testing.ca.internal.acme.Model.Issued;
import io.autotls.testing.ca.internal.acme.Model.Order;
import io.autotls.testing.ca.internal.http.HttpHandler;
import io.autotls.testing.ca.internal.http.HttpRequest;
import io.autotls.testing.ca.internal.http.HttpResponse;
import io.autotls.testing.ca.internal.validation.ValidationException;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jose4j.jwk.PublicJsonWebKey;
import org.jose4j.json.JsonUtil;

/**
 * The server side of RFC 8555: checks every request as Pebble does, and keeps the resources.
 *
 * <p>One lock guards the model; validation and issuance run on the threads of {@link Conduct#background}.
 */
public final class AcmeServer implements HttpHandler {
  private static final Duration LIFE_OF_ORDER = Duration.ofDays(1);
  private static final int ORDERS_PER_PAGE = 3;

  private final Conduct conduct;
  private final Model model = new Model(); // guarded by this
  private final Nonces nonces;
  private final Random random; // guarded by this; tokens, ids and the order of lists
  private final List<RequestView> requests = Collections.synchronizedList(new ArrayList<>());
  private volatile String base = "";

  /** A request that arrived, and how it was answered. */
  public record RequestView(String method, String path, int status) {}

  /** An order as a test sees it. */
  public record OrderView(String id, List<String> names, String status, Instant created) {}

  public AcmeServer(Conduct conduct, long seed) {
    this.conduct = conduct;
    this.random = new Random(seed);
    this.nonces = new Nonces(new Random(seed + 1));
  }

  /** Tells the server where it is. */
  public void at(String base) {
    this.base = base;
  }

  public void rejectNonces(double share) {
    nonces.reject(share);
  }

  public List<RequestView> requests() {
    synchronized (requests) {
      return List.copyOf(requests);
    }
  }

  public synchronized List<OrderView> orders() {
    return model.orders.values().stream()
        .map(
            order ->
                new OrderView(
                    order.id,
                    order.identifiers.stream().map(Identifier::value).toList(),
                    order.status,
                    order.created))
        .toList();
  }

  public synchronized List<X509Certificate> issued() {
    return model.certificates.values().stream().map(issued -> issued.chain().get(0)).toList();
  }

  public synchronized int accounts() {
    return model.accounts.size();
  }

  @Override
  public Outcome handle(HttpRequest request) throws InterruptedException {
    HttpResponse response;
    try {
      response = route(request);
    } catch (ProblemException e) {
      response = e.response();
    }
    if (request.method().equals("POST") || request.path().equals("/new-nonce")) {
      response = response.plus("Replay-Nonce", nonces.next());
    }
    response =
        response
            .plus("Link", "<" + base + "/directory>;rel=\"index\"")
            .plus("Cache-Control", "public, max-age=0, no-cache");
    requests.add(new RequestView(request.method(), request.path(), response.status()));
    return new Answer(response);
  }

  private HttpResponse route(HttpRequest request) throws ProblemException {
    if (request.headers().first("User-Agent").orElse("").isBlank()) {
      throw ProblemException.malformed("All requests MUST include a User-Agent header");
    }
    String path = request.path();
    if (path.equals("/directory")) {
      allow(request, "GET");
      return json(200, directory());
    } else if (path.equals("/new-nonce")) {
      allow(request, "GET", "HEAD");
      return HttpResponse.empty(request.method().equals("HEAD") ? 200 : 204);
    }
    allow(request, "POST");
    SignedRequest signed = SignedRequest.parse(request);
    if (!signed.url().equals(base + request.target())) {
      throw new ProblemException(
          400, "unauthorized", "the url of the JWS is not that of the request");
    }
    return path.equals("/new-account") ? newAccount(signed) : asAccount(path, signed);
  }

  private static void allow(HttpRequest request, String... methods) throws ProblemException {
    if (!List.of(methods).contains(request.method())) {
      throw new ProblemException(405, "malformed", "method not allowed");
    }
    if (request.headers().contains("Replay-Nonce")) {
      throw ProblemException.malformed("Replay-Nonce does not belong into a request");
    }
  }

  private Map<String, Object> directory() {
    Map<String, Object> meta = new LinkedHashMap<>();
    conduct.termsOfService().ifPresent(url -> meta.put("termsOfService", url.toString()));
    meta.put("externalAccountRequired", !conduct.externalAccounts().isEmpty());
    if (!conduct.profiles().isEmpty()) {
      Map<String, Object> profiles = new LinkedHashMap<>();
      conduct.profiles().forEach((name, life) -> profiles.put(name, "lives " + life));
      meta.put("profiles", profiles);
    }
    Map<String, Object> directory = new LinkedHashMap<>();
    directory.put("newNonce", base + "/new-nonce");
    directory.put("newAccount", base + "/new-account");
    directory.put("newOrder", base + "/new-order");
    directory.put("meta", meta);
    directory.put("an unknown member", "must be ignored");
    return directory;
  }

  private void checkNonce(SignedRequest request) throws ProblemException {
    if (!nonces.use(request.nonce())) {
      throw new ProblemException(400, "badNonce", "JWS has an invalid anti-replay nonce");
    }
  }

  private synchronized HttpResponse newAccount(SignedRequest request) throws ProblemException {
    PublicJsonWebKey jwk = request.jwk();
    if (jwk == null) {
      throw ProblemException.malformed("newAccount is signed with the key itself");
    }
    request.verify(jwk.getPublicKey());
    checkNonce(request);
    Map<String, Object> wish = request.json();
    String thumbprint = jwk.calculateBase64urlEncodedThumbprint("SHA-256");
    for (Account account : model.accounts.values()) {
      if (account.thumbprint.equals(thumbprint)) {
        return accountResponse(200, account);
      }
    }
    if (Boolean.TRUE.equals(wish.get("onlyReturnExisting"))) {
      throw new ProblemException(400, "accountDoesNotExist", "no account has that key");
    }
    if (conduct.termsOfService().isPresent()
        && !Boolean.TRUE.equals(wish.get("termsOfServiceAgreed"))) {
      throw new ProblemException(
              403, "userActionRequired", "the terms of service have not been agreed to")
          .header("Link", "<" + conduct.termsOfService().get() + ">;rel=\"terms-of-service\"");
    }
    ExternalAccounts.check(
        conduct.externalAccounts(), wish.get("externalAccountBinding"), jwk, base + "/new-account");
    Account account = new Account(id(), jwk.getPublicKey(), thumbprint);
    account.contacts = contacts(wish);
    model.accounts.put(account.id, account);
    return accountResponse(201, account);
  }

  private static List<String> contacts(Map<String, Object> wish) throws ProblemException {
    List<String> contacts = new ArrayList<>();
    if (wish.get("contact") instanceof List<?> list) {
      for (Object contact : list) {
        if (!(contact instanceof String text) || !text.startsWith("mailto:")) {
          throw new ProblemException(400, "unsupportedContact", "only mailto: contacts");
        }
        if (!text.matches("mailto:[^@,?]+@[^@,?]+\\.[^@,?]+")) {
          throw new ProblemException(400, "invalidContact", "not an address: " + text);
        }
        contacts.add(text);
      }
    }
    return contacts;
  }

  private HttpResponse accountResponse(int status, Account account) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("status", account.status);
    json.put("contact", account.contacts);
    json.put("orders", base + "/account/" + account.id + "/orders");
    return json(status, json).plus("Location", accountUrl(account));
  }

  private String accountUrl(Account account) {
    return base + "/account/" + account.id;
  }

  /** Everything but newAccount is signed as an account. */
  private synchronized HttpResponse asAccount(String path, SignedRequest request)
      throws ProblemException {
    if (request.kid() == null) {
      throw ProblemException.malformed("this request is signed as an account, with kid");
    }
    Account account =
        model.accounts.values().stream()
            .filter(one -> accountUrl(one).equals(request.kid()))
            .findFirst()
            .orElseThrow(
                () -> new ProblemException(400, "accountDoesNotExist", "no such account"));
    request.verify(account.key);
    checkNonce(request);
    if (!account.status.equals("valid")) {
      throw new ProblemException(403, "unauthorized", "the account is " + account.status);
    }
    String[] parts = path.substring(1).split("/");
    return switch (parts[0]) {
      case "new-order" -> newOrder(account, request);
      case "account" -> account(account, parts, request);
      case "order" -> order(account, own(model.orders, parts, account, o -> o.account), parts, request);
      case "authz" ->
          authorization(own(model.authorizations, parts, account, a -> a.account), request);
      case "challenge" ->
          challenge(own(model.challenges, parts, account, c -> c.authorization.account), request);
      case "certificate" ->
          certificate(own(model.certificates, parts, account, Issued::account), request);
      default -> throw new ProblemException(404, "malformed", "no such resource");
    };
  }

  @FunctionalInterface
  private interface Owner<T> {
    Account of(T resource);
  }

  private static <T> T own(
      Map<String, T> resources, String[] parts, Account account, Owner<T> owner)
      throws ProblemException {
    T found = parts.length < 2 ? null : resources.get(parts[1]);
    if (found == null) {
      throw new ProblemException(404, "malformed", "no such resource");
    }
    if (owner.of(found) != account) {
      throw new ProblemException(403, "unauthorized", "it belongs to another account");
    }
    return found;
  }

  private HttpResponse account(Account account, String[] parts, SignedRequest request)
      throws ProblemException {
    if (!parts[1].equals(account.id)) {
      throw new ProblemException(403, "unauthorized", "it is another account");
    }
    if (parts.length == 3 && parts[2].equals("orders")) {
      return orders(account, request);
    }
    if (!request.isPostAsGet()) {
      Map<String, Object> change = request.json();
      if ("deactivated".equals(change.get("status"))) {
        account.status = "deactivated";
      } else if (change.containsKey("contact")) {
        account.contacts = contacts(change);
      }
    }
    return accountResponse(200, account);
  }

  private HttpResponse orders(Account account, SignedRequest request) throws ProblemException {
    postAsGet(request);
    String query = request.url().contains("?from=") ? request.url().replaceAll(".*from=", "") : "0";
    int from = query.matches("\\d{1,6}") ? Integer.parseInt(query) : 0;
    List<String> urls =
        model.orders.values().stream()
            .filter(order -> order.account == account && !order.status.equals("invalid"))
            .map(this::orderUrl)
            .toList();
    int start = Math.min(from, urls.size());
    int end = Math.min(start + ORDERS_PER_PAGE, urls.size());
    HttpResponse response = json(200, Map.of("orders", urls.subList(start, end)));
    String next = base + "/account/" + account.id + "/orders?from=" + end;
    return end < urls.size() ? response.plus("Link", "<" + next + ">;rel=\"next\"") : response;
  }

  private HttpResponse newOrder(Account account, SignedRequest request) throws ProblemException {
    Map<String, Object> wish = request.json();
    String profile = wish.get("profile") instanceof String name ? name : null;
    if (profile != null && !conduct.profiles().containsKey(profile)) {
      throw new ProblemException(400, "invalidProfile", "no profile " + profile);
    }
    List<Identifier> identifiers = Identifiers.parse(wish.get("identifiers"), conduct.refused());
    Instant now = conduct.now();
    Order order =
        new Order(id(), account, identifiers, profile, now, now.plus(LIFE_OF_ORDER));
    for (Identifier identifier : shuffled(identifiers)) {
      order.authorizations.add(authorize(account, identifier, order.expires));
    }
    model.orders.put(order.id, order);
    return orderResponse(201, order).plus("Location", orderUrl(order));
  }

  private Authorization authorize(Account account, Identifier identifier, Instant expires) {
    boolean wildcard = identifier.value().startsWith("*.");
    Identifier base =
        new Identifier(
            identifier.type(), wildcard ? identifier.value().substring(2) : identifier.value());
    Authorization authorization = new Authorization(id(), account, base, wildcard, expires);
    List<String> types =
        wildcard
            ? List.of("dns-01")
            : base.isIp()
                ? List.of("http-01", "tls-alpn-01")
                : List.of("http-01", "tls-alpn-01", "dns-01");
    for (String type : shuffled(types)) {
      Challenge challenge = new Challenge(id(), authorization, type, id() + id());
      authorization.challenges.add(challenge);
      model.challenges.put(challenge.id, challenge);
    }
    model.authorizations.put(authorization.id, authorization);
    return authorization;
  }

  private String orderUrl(Order order) {
    return base + "/order/" + order.id;
  }

  private HttpResponse orderResponse(int status, Order order) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("status", order.status);
    json.put("expires", order.expires.toString());
    json.put("identifiers", order.identifiers.stream().map(Identifier::toJson).toList());
    json.put(
        "authorizations",
        order.authorizations.stream().map(one -> base + "/authz/" + one.id).toList());
    json.put("finalize", orderUrl(order) + "/finalize");
    if (order.profile != null) {
      json.put("profile", order.profile);
    }
    if (order.error != null) {
      json.put("error", order.error);
    }
    if (order.certificate != null) {
      json.put("certificate", base + "/certificate/" + order.certificate.id());
    }
    HttpResponse response = json(status, json);
    boolean busy = order.status.equals("pending") || order.status.equals("processing");
    return busy ? withRetryAfter(response) : response;
  }

  private HttpResponse withRetryAfter(HttpResponse response) {
    return conduct
        .retryAfter()
        .map(after -> response.plus("Retry-After", Long.toString(after.toSeconds())))
        .orElse(response);
  }

  private HttpResponse order(
      Account account, Order order, String[] parts, SignedRequest request)
      throws ProblemException {
    if (conduct.now().isAfter(order.expires) && !order.status.equals("valid")) {
      order.status = "invalid";
    }
    if (parts.length == 3 && parts[2].equals("finalize")) {
      return finalizeOrder(account, order, request);
    }
    postAsGet(request);
    return orderResponse(200, order);
  }

  private static void postAsGet(SignedRequest request) throws ProblemException {
    if (!request.isPostAsGet()) {
      throw ProblemException.malformed("POST-as-GET has an empty payload");
    }
  }

  private HttpResponse finalizeOrder(Account account, Order order, SignedRequest request)
      throws ProblemException {
    if (!order.status.equals("ready")) {
      throw new ProblemException(403, "orderNotReady", "the order is " + order.status);
    }
    Requested requested = Requested.parse(request.json().get("csr"), order.identifiers, account.key);
    order.status = "processing";
    conduct.background(conduct.issuanceDelay(), () -> issue(order, requested));
    return orderResponse(200, order);
  }

  private synchronized void issue(Order order, Requested requested) {
    Instant now = conduct.now();
    Duration life =
        order.profile == null ? conduct.lifetime() : conduct.profiles().get(order.profile);
    X509Certificate leaf =
        conduct
            .pki()
            .issue(requested.key(), requested.names(), now.minusSeconds(1), now.plus(life));
    order.certificate =
        new Issued(id(), order.account, List.of(leaf, conduct.pki().intermediate()));
    model.certificates.put(order.certificate.id(), order.certificate);
    order.status = "valid";
  }

  private static HttpResponse certificate(Issued issued, SignedRequest request)
      throws ProblemException {
    postAsGet(request);
    StringBuilder pem = new StringBuilder();
    try {
      for (X509Certificate certificate : issued.chain()) {
        pem.append("-----BEGIN CERTIFICATE-----\n")
            .append(
                Base64.getMimeEncoder(64, new byte[] {'\n'})
                    .encodeToString(certificate.getEncoded()))
            .append("\n-----END CERTIFICATE-----\n");
      }
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException("a certificate without encoding", e);
    }
    return HttpResponse.of(200, "application/pem-certificate-chain", pem.toString());
  }

  private HttpResponse authorization(Authorization authorization, SignedRequest request)
      throws ProblemException {
    if (!request.isPostAsGet()) {
      if (!"deactivated".equals(request.json().get("status"))) {
        throw ProblemException.malformed("an authorization can only be deactivated");
      }
      authorization.status = "deactivated";
      follow(authorization);
    }
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("identifier", authorization.identifier.toJson());
    json.put("status", authorization.status);
    json.put("expires", authorization.expires.toString());
    if (authorization.wildcard) {
      json.put("wildcard", true);
    }
    json.put("challenges", authorization.challenges.stream().map(this::challengeJson).toList());
    HttpResponse response = json(200, json);
    return authorization.status.equals("pending") ? withRetryAfter(response) : response;
  }

  private Map<String, Object> challengeJson(Challenge challenge) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("type", challenge.type);
    json.put("url", base + "/challenge/" + challenge.id);
    json.put("status", challenge.status);
    json.put("token", challenge.token);
    if (challenge.error != null) {
      json.put("error", challenge.error);
    }
    return json;
  }

  private HttpResponse challenge(Challenge challenge, SignedRequest request)
      throws ProblemException {
    if (!request.isPostAsGet()) {
      if (!request.payload().equals("{}")) {
        throw ProblemException.malformed("the answer to a challenge is exactly {}");
      }
      if (!challenge.status.equals("pending") || !challenge.authorization.status.equals("pending")) {
        throw ProblemException.malformed(
            "Cannot update challenge with status " + challenge.status);
      }
      challenge.status = "processing";
      conduct.background(conduct.validationDelay(), () -> validate(challenge));
    }
    return json(200, challengeJson(challenge))
        .plus("Link", "<" + base + "/authz/" + challenge.authorization.id + ">;rel=\"up\"");
  }

  /** Looks outside the lock: that may take seconds. */
  private void validate(Challenge challenge) {
    Authorization authorization = challenge.authorization;
    Map<String, Object> error = null;
    try {
      conduct
          .validator()
          .validate(
              challenge.type,
              authorization.identifier.value(),
              authorization.identifier.isIp(),
              challenge.token,
              challenge.token + "." + authorization.account.thumbprint);
    } catch (ValidationException e) {
      error = ProblemException.document(400, e.problem(), e.getMessage());
    }
    synchronized (this) {
      challenge.error = error;
      challenge.status = error == null ? "valid" : "invalid";
      authorization.status = challenge.status;
      follow(authorization);
    }
  }

  /** What becomes of the orders that wait for an authorization. */
  private void follow(Authorization authorization) {
    for (Order order : model.orders.values()) {
      if (!order.status.equals("pending") || !order.authorizations.contains(authorization)) {
        continue;
      }
      if (!authorization.status.equals("valid")) {
        order.status = "invalid";
      } else if (order.authorizations.stream().allMatch(one -> one.status.equals("valid"))) {
        order.status = "ready";
      }
    }
  }

  private <T> List<T> shuffled(List<T> list) {
    List<T> copy = new ArrayList<>(list);
    Collections.shuffle(copy, random);
    return copy;
  }

  private String id() {
    byte[] bytes = new byte[12];
    random.nextBytes(bytes);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  private static HttpResponse json(int status, Map<String, Object> json) {
    return HttpResponse.of(status, "application/json", JsonUtil.toJson(json));
  }
}
