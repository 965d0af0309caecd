package io.autotls.internal.issuer;

import io.autotls.acme.AcmeAccount;
import io.autotls.acme.AcmeClient;
import io.autotls.acme.AcmeException;
import io.autotls.acme.Authorization;
import io.autotls.acme.CertificateChain;
import io.autotls.acme.Csr;
import io.autotls.acme.Identifier;
import io.autotls.acme.Order;
import io.autotls.acme.OrderRequest;
import io.autotls.acme.OrderStatus;
import io.autotls.internal.issuer.AcmeState.Phase;
import io.autotls.spi.Issuance;
import io.autotls.spi.IssuerContext;
import io.autotls.spi.IssuerException;
import io.autotls.spi.Progress;
import io.autotls.spi.Readiness;
import java.io.IOException;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The steps of an ACME issuance (RFC 8555 §7.1.6). Each is a few requests long and ends with what
 * is to be remembered; the engine stores that before the next one.
 *
 * <p>What may be lost in a crash is looked for, not done again: an order whose URL was not stored
 * yet is found in the account's list of orders (§7.1.2.1), and an order is read before it is
 * finalized by a process that did not read it itself.
 */
public final class AcmeIssuance implements AutoCloseable {
  /** How many of an account's orders are looked at for one that was lost in a crash. */
  private static final int MAX_ORDERS_TO_SEARCH = 50;

  private static final Duration FIRST_POLL = Duration.ofMillis(150);
  private static final Duration LAST_POLL = Duration.ofSeconds(15);

  /** After this long without news the CA is asked less often; the order is not given up. */
  private static final Duration PATIENCE = Duration.ofMinutes(15);

  private static final Duration PATIENT_POLL = Duration.ofMinutes(10);

  private final AcmeClient client;
  private final Accounts accounts;
  private final IssuerContext context;
  private final Answers answers;
  private final Failures failures;

  /**
   * The last answer about an order, so that the next step need not ask again. Only ever a shortcut.
   */
  private final Map<URI, Order> seen = new ConcurrentHashMap<>();

  /** Creates the steps for one CA; does no I/O. */
  public AcmeIssuance(CaSettings ca, IssuerContext context) {
    this.context = context;
    this.client =
        AcmeClient.builder(ca.directory())
            .trustedRoots(ca.trustedRoots())
            .clock(context.time())
            .build();
    this.accounts = new Accounts(client, ca, context, new SecureRandom());
    this.answers = new Answers(context);
    this.failures = new Failures(ca, context);
  }

  /** Takes the next step. */
  public Progress advance(Issuance work) throws IssuerException, IOException {
    AcmeState state = AcmeState.of(work.state(), now());
    try {
      return step(work, state);
    } catch (AcmeException e) {
      if (state.order() != null) {
        seen.remove(state.order()); // what the CA thinks now may be something else
      }
      if (failures.isAccountLost(e)) {
        return rediscover(state);
      }
      throw failures.translate(e, state);
    }
  }

  private Progress step(Issuance work, AcmeState state)
      throws AcmeException, IssuerException, IOException {
    return switch (state.phase()) {
      case PREPARE -> prepare(work, state);
      case ORDER -> order(work, state);
      case AUTHORIZE -> authorize(work, state);
      case VALIDATE -> validate(work, state);
      case FINALIZE -> finalizeOrder(work, state);
      case POLL -> poll(work, state);
      case DOWNLOAD -> download(work, state);
    };
  }

  /** Orders nothing before a solver could answer: a failed validation costs a rate limit. */
  private Progress prepare(Issuance work, AcmeState state) {
    for (String name : work.names()) {
      Readiness readiness = answers.readiness(name);
      if (readiness instanceof Readiness.NotReady notReady) {
        return new Progress.Blocked(work.state(), notReady.reason());
      }
    }
    return state.enter(Phase.ORDER, now()).now();
  }

  private Progress order(Issuance work, AcmeState state) throws AcmeException, IOException {
    AcmeAccount account = accounts.account();
    Optional<Order> lost = work.isResumed() ? findLostOrder(account, work) : Optional.empty();
    Order order = lost.isPresent() ? lost.get() : account.newOrder(request(work));
    seen.put(order.url(), order);
    return state.withOrder(order.url()).enter(Phase.AUTHORIZE, now()).now();
  }

  private static OrderRequest request(Issuance work) {
    OrderRequest.Builder request = OrderRequest.builder().identifiers(identifiers(work));
    work.profile().ifPresent(request::profile);
    return request.build();
  }

  private static List<Identifier> identifiers(Issuance work) {
    return work.names().stream().map(Identifier::of).toList();
  }

  /**
   * The process may have died between the CA's answer to newOrder and our write. An order of ours
   * that asks for the same and was never finalized is that one: we store the URL before we
   * finalize.
   */
  private Optional<Order> findLostOrder(AcmeAccount account, Issuance work) throws AcmeException {
    Set<Identifier> wanted = new HashSet<>(identifiers(work));
    List<URI> urls = account.orders();
    int from = Math.max(0, urls.size() - MAX_ORDERS_TO_SEARCH);
    for (URI url : urls.subList(from, urls.size())) {
      Order order = account.order(url);
      boolean open = order.status() == OrderStatus.PENDING || order.status() == OrderStatus.READY;
      if (open && wanted.equals(new HashSet<>(order.identifiers()))) {
        return Optional.of(order);
      }
    }
    return Optional.empty();
  }

  private Progress authorize(Issuance work, AcmeState state)
      throws AcmeException, IssuerException, IOException {
    AcmeAccount account = accounts.account();
    Order order = read(account, work, state);
    if (order.status() != OrderStatus.PENDING) {
      return follow(account, order, state);
    }
    answers.give(account, order.url(), authorizations(account, order), work.attempt());
    AcmeState next = state.enter(Phase.VALIDATE, now());
    return next.after(pause(next, order));
  }

  private static List<Authorization> authorizations(AcmeAccount account, Order order)
      throws AcmeException {
    List<Authorization> authorizations = new ArrayList<>();
    for (URI url : order.authorizations()) {
      authorizations.add(account.authorization(url));
    }
    return authorizations;
  }

  private Progress validate(Issuance work, AcmeState state)
      throws AcmeException, IssuerException, IOException {
    AcmeAccount account = accounts.account();
    Order order = account.order(state.order());
    seen.put(order.url(), order);
    if (order.status() == OrderStatus.PENDING || order.status() == OrderStatus.UNKNOWN) {
      if (now().isAfter(state.since().plus(PATIENCE))) {
        // Some CAs leave the order pending when a validation has failed.
        failures.throwIfValidationFailed(authorizations(account, order));
      }
      return again(state, order);
    }
    takeBack(account, order);
    return follow(account, order, state);
  }

  private void takeBack(AcmeAccount account, Order order) throws AcmeException, IOException {
    if (!answers.takeBack(order.url())) {
      answers.takeBack(account, authorizations(account, order)); // given before a crash
    }
  }

  /** Where to go from an order in a state that may have been reached without us. */
  private Progress follow(AcmeAccount account, Order order, AcmeState state)
      throws AcmeException, IssuerException {
    return switch (order.status()) {
      case READY -> state.enter(Phase.FINALIZE, now()).now();
      case PROCESSING -> again(state.enter(Phase.POLL, now()), order);
      case VALID -> state.enter(Phase.DOWNLOAD, now()).now();
      case INVALID -> throw failures.orderInvalid(order, authorizations(account, order));
      case PENDING -> state.enter(Phase.AUTHORIZE, now()).now();
      default -> again(state, order);
    };
  }

  private Progress finalizeOrder(Issuance work, AcmeState state)
      throws AcmeException, IssuerException, IOException {
    AcmeAccount account = accounts.account();
    Order order = read(account, work, state);
    if (order.status() != OrderStatus.READY) {
      return follow(account, order, state);
    }
    Order after = account.finalizeOrder(order, Csr.of(work.keyPair(), identifiers(work)));
    seen.put(order.url(), after);
    return follow(account, after, state);
  }

  private Progress poll(Issuance work, AcmeState state)
      throws AcmeException, IssuerException, IOException {
    AcmeAccount account = accounts.account();
    Order order = account.order(state.order());
    seen.put(order.url(), order);
    return order.status() == OrderStatus.PROCESSING
        ? again(state, order)
        : follow(account, order, state);
  }

  private Progress download(Issuance work, AcmeState state)
      throws AcmeException, IssuerException, IOException {
    AcmeAccount account = accounts.account();
    Order order = read(account, work, state);
    if (order.status() != OrderStatus.VALID) {
      return follow(account, order, state);
    }
    CertificateChain chain = account.certificate(order);
    chain.verify(work.keyPair().getPublic(), identifiers(work), now());
    seen.remove(order.url());
    return new Progress.Issued(chain.certificates());
  }

  /** The order as this process saw it a moment ago, or else as the CA has it now. */
  private Order read(AcmeAccount account, Issuance work, AcmeState state) throws AcmeException {
    Order before = work.isResumed() ? null : seen.get(state.order());
    if (before != null) {
      return before;
    }
    Order order = account.order(state.order());
    seen.put(order.url(), order);
    return order;
  }

  private Progress again(AcmeState state, Order order) {
    return state.polledOnceMore().after(pause(state, order));
  }

  /** What the CA asks for, or else a back-off; after a long time without news a slow one. */
  private Duration pause(AcmeState state, Order order) {
    Optional<Duration> asked = order.retryAfter();
    if (asked.isPresent()) {
      return asked.get().compareTo(FIRST_POLL) > 0 ? asked.get() : FIRST_POLL;
    }
    if (now().isAfter(state.since().plus(PATIENCE))) {
      return PATIENT_POLL;
    }
    Duration backOff = FIRST_POLL.multipliedBy(1L << Math.min(state.polls(), 10));
    return backOff.compareTo(LAST_POLL) > 0 ? LAST_POLL : backOff;
  }

  private Progress rediscover(AcmeState state) throws IssuerException, IOException {
    try {
      accounts.rediscover(accounts.account());
      // Orders belong to the account; whatever the old one had is out of reach.
      return AcmeState.first(now()).now();
    } catch (AcmeException e) {
      throw failures.translate(e, state);
    }
  }

  /** Takes away the answers of an issuance that is given up. */
  public void abandon(Issuance work) throws IOException {
    AcmeState state = AcmeState.of(work.state(), now());
    URI url = state.order();
    if (url == null) {
      return;
    }
    seen.remove(url);
    try {
      AcmeAccount account = accounts.account();
      takeBack(account, account.order(url));
    } catch (AcmeException e) {
      throw new IOException("cannot look up what was published for " + work, e);
    }
  }

  private Instant now() {
    return context.time().instant();
  }

  @Override
  public void close() {
    client.close();
  }
}
