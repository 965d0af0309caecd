package io.autotls.testing.simulation;

import io.autotls.spi.Issuance;
import io.autotls.spi.Issuer;
import io.autotls.spi.IssuerException;
import io.autotls.spi.IssuerException.Reaction;
import io.autotls.spi.OrderLimits;
import io.autotls.spi.RenewalWindow;
import java.math.BigInteger;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A certificate authority as nodes see it: orders that outlive them, certificates, limits, windows
 * for renewal, and bad days. It judges requests by its own clock, and tells the {@link Referee} of
 * each.
 */
final class SimulatedCa {
  private static final int ORDERS_AT_HAND = 12;
  private static final Duration BACKDATED = Duration.ofSeconds(30);

  /** A process that stands still is as one that does not listen. */
  private static final Duration LONGEST_VISIT = Duration.ofSeconds(10);

  private final World world;
  private final String id;
  private final Issuer.Trust trust;
  private final Plan.Manners manners;
  private final CaKey key;
  private final SplittableRandom random;
  private final LimitCounter limits;
  private final Map<String, CaOrder> orders = new LinkedHashMap<>();
  private final Map<String, List<CaOrder>> ordersOf = new HashMap<>(); // by spec
  private final Map<BigInteger, CaOrder> issued = new HashMap<>(); // by serial number
  private final Set<BigInteger> revoked = new HashSet<>();
  private long downUntil;
  private @Nullable Duration downRetryAfter; // null: it says nothing while it is down
  private long refusesUntil;
  private long limitedUntil;
  private int orderCount;
  private int failingValidations;
  private int mixUps;
  private int brokenFinalizes;
  private long refusedForLimits;
  private long inquiryCount;

  SimulatedCa(
      World world, String id, Issuer.Trust trust, Plan.Manners manners, SplittableRandom random) {
    this.world = world;
    this.id = id;
    this.trust = trust;
    this.manners = manners;
    this.random = random;
    this.key = new CaKey(id);
    this.limits = new LimitCounter(manners.limits());
  }

  String id() {
    return id;
  }

  Issuer.Trust trust() {
    return trust;
  }

  OrderLimits allowed() {
    return manners.limits();
  }

  int orderCount() {
    return orderCount;
  }

  long inquiryCount() {
    return inquiryCount;
  }

  long refusedForLimits() {
    return refusedForLimits;
  }

  /** Draws one of the bad days of a CA. */
  void getIntoTrouble(SplittableRandom dice) {
    Duration lasting = Duration.ofSeconds(dice.nextLong(5, 1_800));
    long until = nanos() + lasting.toNanos();
    switch (dice.nextInt(8)) {
      case 0 -> goDown(lasting, null);
      case 1 -> goDown(lasting, lasting);
      case 2 -> refusesUntil = until;
      case 3 -> limitedUntil = until;
      case 4 -> failingValidations = 1 + dice.nextInt(3);
      case 5 -> mixUps = 1;
      case 6 -> revokeAll();
      default -> brokenFinalizes = 1;
    }
    world.note(id, () -> "gets into trouble for " + lasting);
  }

  void goDown(Duration lasting, @Nullable Duration retryAfter) {
    downUntil = nanos() + lasting.toNanos();
    downRetryAfter = retryAfter;
  }

  /** It is well again. */
  void recover() {
    downUntil = 0;
    refusesUntil = 0;
    limitedUntil = 0;
    failingValidations = 0;
    mixUps = 0;
    brokenFinalizes = 0;
  }

  /** Revokes everything that it has signed so far, and wants it renewed at once. */
  void revokeAll() {
    revoked.addAll(issued.keySet());
  }

  /** Somebody wants one of its certificates revoked; one that is revoked already is no news. */
  void revoke(X509Certificate certificate) throws IssuerException {
    requireUp();
    revoked.add(certificate.getSerialNumber());
  }

  boolean isRevoked(X509Certificate certificate) {
    return !revoked.isEmpty() && revoked.contains(certificate.getSerialNumber());
  }

  private long nanos() {
    return world.scheduler().nanos();
  }

  private void requireUp() throws IssuerException {
    if (nanos() < downUntil) {
      throw failure(
          Reaction.RETRY_STEP,
          "the service is down.",
          downRetryAfter == null ? null : Duration.ofNanos(downUntil - nanos()));
    }
  }

  /** The open order of the account for these names, as its list of orders shows it. */
  Optional<CaOrder> openOrder(Issuance work) throws IssuerException {
    requireUp();
    return open(work);
  }

  private Optional<CaOrder> open(Issuance work) {
    return ordersOf.getOrDefault(work.specId(), List.of()).stream()
        .peek(this::settle)
        .filter(CaOrder::isOpen)
        .findFirst();
  }

  CaOrder newOrder(Issuance work) throws IssuerException {
    requireUp();
    Optional<CaOrder> open =
        manners.openOrders() == Plan.OpenOrders.REUSED ? open(work) : Optional.empty();
    if (open.isPresent()) {
      return open.get();
    }
    refuseIfBusy();
    boolean suggested = isSuggestedNow(work);
    Optional<Duration> wait = limits.admit(nanos(), work, suggested);
    if (wait.isPresent()) {
      refusedForLimits++;
      world.referee().limitReached(work, wait.get());
      throw failure(Reaction.WAIT, "too many orders.", wait.get());
    }
    CaOrder order =
        new CaOrder(
            "order-" + (orderCount + 1) + "-of-" + id,
            work.specId(),
            work.names(),
            nanos(),
            work.predecessor().map(X509Certificate::getSerialNumber).orElse(null));
    world.referee().ordered(this, order, ordersOf(work.specId()));
    orders.put(order.id, order);
    ordersOf.computeIfAbsent(work.specId(), spec -> new ArrayList<>()).add(order);
    orderCount++;
    archive(ordersOf.get(work.specId()));
    return order;
  }

  /**
   * No order is forgotten while somebody may still ask for it, or its certificate is in service.
   */
  private void archive(List<CaOrder> ofSpec) {
    if (ofSpec.size() > ORDERS_AT_HAND) {
      CaOrder oldest = ofSpec.remove(0);
      orders.remove(oldest.id);
      if (oldest.certificate != null) {
        issued.remove(oldest.certificate.getSerialNumber());
      }
    }
  }

  private List<CaOrder> ordersOf(String specId) {
    return ordersOf.getOrDefault(specId, List.of());
  }

  private void refuseIfBusy() throws IssuerException {
    if (nanos() < refusesUntil) {
      throw failure(Reaction.OPERATOR, "CAA forbids it.", null);
    }
    if (nanos() < limitedUntil) {
      throw failure(Reaction.WAIT, "too much at once.", Duration.ofNanos(limitedUntil - nanos()));
    }
  }

  CaOrder order(String orderId) throws IssuerException {
    requireUp();
    CaOrder order = orders.get(orderId);
    if (order == null) {
      throw failure(Reaction.RETRY_ATTEMPT, "no such order: " + orderId, null);
    }
    settle(order);
    return order;
  }

  /** The client says that its answer to the challenge is there. */
  void look(CaOrder order, Incarnation process) {
    if (order.status == CaOrder.Status.PENDING && order.answeredBy == null) {
      order.answeredBy = process.name();
      world.scheduler().schedule(manners.validation(), () -> connect(order));
      if (failingValidations > 0) {
        failingValidations--;
        order.failsValidation = true;
      }
      order.unproven =
          order.names.stream().filter(world.deadNames()::contains).collect(Collectors.toSet());
      order.failsValidation |= !order.unproven.isEmpty();
    }
  }

  /** It looks at the answer: any server that listens has it. */
  private void connect(CaOrder order) {
    List<Machine> listening = world.machines().stream().filter(Machine::isListening).toList();
    if (listening.isEmpty() || world.plan().names().proofs() == Plan.Proofs.BELIEVED) {
      looked(order, listening.isEmpty());
      return;
    }
    Incarnation visited = listening.get(random.nextInt(listening.size())).present();
    if (visited != null) {
      world.scheduler().execute(visited, () -> visit(order, visited));
    }
    world.scheduler().schedule(LONGEST_VISIT, () -> looked(order, true));
  }

  private void visit(CaOrder order, Incarnation visited) {
    boolean answered =
        order.tokens.entrySet().stream()
            .allMatch(one -> visited.server().answers(one.getKey(), one.getValue()));
    if (order.readyAt == Long.MAX_VALUE && !answered) {
      order.failsValidation = true;
      world.referee().lookedInVain(visited, order);
    }
    looked(order, false);
  }

  private void looked(CaOrder order, boolean nobodyListened) {
    if (order.readyAt == Long.MAX_VALUE) {
      order.readyAt = nanos();
      order.nobodyListened = nobodyListened;
      order.failsValidation |= nobodyListened;
    }
  }

  /** An order, without asking for it. */
  Optional<CaOrder> peek(String orderId) {
    return Optional.ofNullable(orders.get(orderId));
  }

  private void settle(CaOrder order) {
    if (order.status == CaOrder.Status.PENDING && nanos() >= order.readyAt) {
      order.status = order.failsValidation ? CaOrder.Status.INVALID : CaOrder.Status.READY;
    }
    if (order.status == CaOrder.Status.PROCESSING && nanos() >= order.signedAt) {
      sign(order);
    }
  }

  CaOrder finalizeOrder(Issuance work, String orderId) throws IssuerException {
    CaOrder order = order(orderId);
    if (order.status != CaOrder.Status.READY) {
      return order; // RFC 8555 §7.4 calls it orderNotReady; whoever reads the order knows why
    }
    world.referee().finalized(work, order);
    if (brokenFinalizes > 0) {
      brokenFinalizes--;
      order.status = CaOrder.Status.INVALID;
      return order;
    }
    order.key = work.keyPair().getPublic();
    order.status = CaOrder.Status.PROCESSING;
    order.signedAt = nanos() + manners.signing().toNanos();
    settle(order);
    return order;
  }

  private void sign(CaOrder order) {
    BigInteger serial = world.nextSerial();
    List<Duration> lifetimes = world.plan().lifetimes();
    PublicKey subject = order.key;
    if (subject == null) {
      throw new IllegalStateException(order + " was never finalized");
    }
    order.certificate =
        key.sign(
            serial,
            order.names,
            subject,
            world.now().minus(BACKDATED),
            lifetimes.get(random.nextInt(lifetimes.size())).plus(BACKDATED));
    order.status = CaOrder.Status.VALID;
    issued.put(serial, order);
    world.referee().issued(this, order);
  }

  X509Certificate download(Issuance work, CaOrder order) {
    X509Certificate certificate = order.certificate;
    if (certificate == null) {
      throw new IllegalStateException(order + " has no certificate");
    }
    if (mixUps > 0) {
      mixUps--;
      world.referee().mixedUp(this, work);
      return issued.values().stream()
          .map(other -> other.certificate)
          .filter(
              other -> other != null && !other.getPublicKey().equals(certificate.getPublicKey()))
          .findFirst()
          .orElse(certificate);
    }
    return certificate;
  }

  /** When it would like the renewal; for a revoked one, a window in the past. */
  Optional<RenewalWindow> window(X509Certificate certificate) throws IssuerException {
    inquiryCount++;
    requireUp();
    if (manners.suggests() == Plan.Suggestions.NONE) {
      return Optional.empty();
    }
    RenewalWindow window = windowOf(certificate);
    world.referee().suggested(certificate, window.start());
    return Optional.of(window);
  }

  private RenewalWindow windowOf(X509Certificate certificate) {
    Instant until = certificate.getNotAfter().toInstant();
    Duration life = Duration.between(certificate.getNotBefore().toInstant(), until);
    Duration again = min(life.dividedBy(6), manners.askAgain());
    if (isRevoked(certificate)) {
      Instant past = certificate.getNotBefore().toInstant();
      return new RenewalWindow(past, past.plusSeconds(1), again, null);
    }
    Instant start = until.minus(life.multipliedBy(36).dividedBy(100));
    return new RenewalWindow(start, start.plus(life.dividedBy(25)), again, null);
  }

  private boolean isSuggestedNow(Issuance work) {
    return work.predecessor()
        .filter(one -> manners.suggests() == Plan.Suggestions.WINDOWS)
        .filter(one -> windowOf(one).isOpen(world.now()))
        .filter(one -> ordersOf(work.specId()).stream().noneMatch(o -> replaces(o, one)))
        .isPresent();
  }

  private static boolean replaces(CaOrder order, X509Certificate one) {
    return one.getSerialNumber().equals(order.predecessor);
  }

  private static Duration min(Duration a, Duration b) {
    return a.compareTo(b) <= 0 ? a : b;
  }

  IssuerException blaming(Set<String> names, String message) {
    return new IssuerException(Reaction.RETRY_ATTEMPT, message, "nothing.", null, names, null);
  }

  IssuerException failure(Reaction reaction, String message, @Nullable Duration retryAfter) {
    return new IssuerException(reaction, message, "nothing.", retryAfter, null);
  }
}
