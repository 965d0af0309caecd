package io.autotls.testing.ca.internal.acme;

import io.autotls.testing.ca.internal.acme.FlowSettings.Birth;
import io.autotls.testing.ca.internal.acme.Order.Wish;
import io.autotls.testing.ca.internal.acme.Settings.Feature;
import io.autotls.testing.ca.internal.http.HttpResponse;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** newOrder (RFC 8555 §7.4). */
final class OrderPlacing {
  private static final int MAX_IDENTIFIERS = 100;

  private final Ledger ledger;
  private final Settings settings;
  private final Urls urls;
  private final RandomGenerator random;
  private final AuthorizationFactory factory;
  private final Limiter limits;

  OrderPlacing(
      Ledger ledger,
      Settings settings,
      Urls urls,
      RandomGenerator random,
      AuthorizationFactory factory,
      Limiter limits) {
    this.ledger = ledger;
    this.settings = settings;
    this.urls = urls;
    this.random = random;
    this.factory = factory;
    this.limits = limits;
  }

  HttpResponse place(AcmeRequest request) throws ProblemException {
    Account account = request.requireAccount();
    Wish wish = wish(request.json());
    return ledger.locked(
        () -> {
          if (wish.replaces() != null) {
            checkReplaces(account, wish, wish.replaces());
          }
          Optional<Order> reusable = reusable(account, wish);
          Order order = reusable.isPresent() ? reusable.get() : create(account, wish);
          return Replies.json(201, order.toJson(urls, ledger.now(), random))
              .plus("Location", urls.order(order));
        });
  }

  private Wish wish(Json json) throws ProblemException {
    List<Identifier> identifiers = identifiers(json);
    Instant notBefore = instant(json, "notBefore");
    Instant notAfter = instant(json, "notAfter");
    Instant start = notBefore != null ? notBefore : ledger.now();
    if (notAfter != null && !notAfter.isAfter(start)) {
      throw Problem.malformed("notAfter is not after the start of the certificate");
    }
    Optional<String> profile = json.string("profile");
    if (profile.isPresent() && !settings.profiles().containsKey(profile.get())) {
      throw Problem.of(400, "invalidProfile", "no profile " + profile.get()).asException();
    }
    Optional<String> replaces = json.string("replaces");
    if (replaces.isPresent() && !settings.has(Feature.RENEWAL_INFO)) {
      throw Problem.malformed("this CA does not know replaces");
    }
    return new Wish(identifiers, notBefore, notAfter, profile.orElse(null), replaces.orElse(null));
  }

  private List<Identifier> identifiers(Json json) throws ProblemException {
    List<?> entries = json.list("identifiers").orElse(List.of());
    if (entries.isEmpty() || entries.size() > MAX_IDENTIFIERS) {
      throw Problem.malformed("an order has 1 to 100 identifiers, this one " + entries.size());
    }
    Set<Identifier> identifiers = new LinkedHashSet<>();
    List<Map<String, Object>> faults = new ArrayList<>();
    Set<String> types = new HashSet<>();
    for (Object entry : entries) {
      Identifier identifier = Identifier.parse(Json.of("an identifier", entry));
      Optional<Problem> fault =
          settings.refuses(identifier)
              ? Optional.of(
                  Problem.of(
                      400, "rejectedIdentifier", "the CA will not issue for " + identifier.value()))
              : identifier.fault();
      if (fault.isEmpty() && !identifiers.add(identifier)) {
        fault = Optional.of(Problem.of(400, "malformed", identifier.value() + " is given twice"));
      }
      if (fault.isPresent()) {
        faults.add(fault.get().about(identifier));
        types.add(fault.get().type());
      }
    }
    if (!faults.isEmpty()) {
      String type = types.size() == 1 ? types.iterator().next() : "malformed";
      String detail = faults.size() + " of " + entries.size() + " identifiers cannot be ordered: ";
      throw Problem.of(400, type, detail + faults.get(0).get("detail"))
          .withSubproblems(faults)
          .asException();
    }
    return List.copyOf(identifiers);
  }

  private static @Nullable Instant instant(Json json, String name) throws ProblemException {
    Optional<String> text = json.string(name);
    try {
      return text.map(t -> OffsetDateTime.parse(t).toInstant()).orElse(null);
    } catch (DateTimeException e) {
      throw Problem.malformed(name + " is not a time of RFC 3339");
    }
  }

  /** RFC 9773 §5, and as strict as Let's Encrypt: any order that may still succeed counts. */
  private void checkReplaces(Account account, Wish wish, String certId) throws ProblemException {
    Optional<Problem> refusal = settings.replacesRefusal();
    if (refusal.isPresent()) {
      throw refusal.get().asException();
    }
    IssuedCertificate replaced =
        ledger
            .byCertId(certId)
            .orElseThrow(() -> Problem.notFound("replaces names no certificate of this CA"));
    if (!replaced.account().equals(account)) {
      throw Problem.unauthorized("replaces names a certificate of another account");
    }
    if (wish.identifiers().stream().noneMatch(replaced.identifiers()::contains)) {
      throw Problem.malformed("replaces names a certificate without a name of this order");
    }
    boolean reused = reusable(account, wish).isPresent();
    boolean taken =
        account.orders().stream()
            .filter(order -> certId.equals(order.wish().replaces()))
            .anyMatch(order -> !order.status(ledger.now()).equals("invalid"));
    if (taken && !reused) {
      throw Problem.of(409, "alreadyReplaced", "an order already replaces this certificate")
          .asException();
    }
  }

  /**
   * An order that stands for the wish already; which status it may have is a matter of settings.
   */
  private Optional<Order> reusable(Account account, Wish wish) {
    Set<String> states = new HashSet<>();
    if (settings.has(Feature.ORDER_REUSE)) {
      states.addAll(Set.of("pending", "ready"));
    }
    if (settings.flow().birth() == Birth.EARLIER) {
      states.add("valid");
    }
    if (states.isEmpty()) {
      return Optional.empty();
    }
    Set<Identifier> identifiers = Set.copyOf(wish.identifiers());
    return account.orders().stream()
        .filter(order -> states.contains(order.status(ledger.now())))
        .filter(order -> order.isFor(identifiers))
        .filter(order -> Objects.equals(order.wish().profile(), wish.profile()))
        .filter(order -> Objects.equals(order.wish().replaces(), wish.replaces()))
        .reduce((earlier, later) -> later);
  }

  private Order create(Account account, Wish wish) throws ProblemException {
    Limiter.Exemption exemption = exemption(wish);
    limits.place(account, wish.identifiers(), exemption);
    Instant expires = ledger.now().plus(settings.fixed().orderLifetime());
    List<Authorization> authorizations =
        wish.identifiers().stream().map(id -> factory.forOrder(account, id, expires)).toList();
    Order order = ledger.addOrder(account, wish, authorizations, expires);
    order.exemption(exemption);
    return order;
  }

  private Limiter.Exemption exemption(Wish wish) {
    Instant now = ledger.now();
    boolean due =
        wish.replaces() != null
            && ledger.byCertId(wish.replaces()).filter(issued -> issued.isDue(now)).isPresent();
    if (due) {
      return Limiter.Exemption.REPLACEMENT;
    }
    return ledger.hasCertificateFor(wish.identifiers())
        ? Limiter.Exemption.RENEWAL
        : Limiter.Exemption.NONE;
  }
}
