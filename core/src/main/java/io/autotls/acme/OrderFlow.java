package io.autotls.acme;

import io.autotls.acme.AcmeOrderFailedException.Answered;
import io.autotls.acme.FlowState.Answers;
import io.autotls.acme.FlowState.Extent;
import io.autotls.acme.FlowState.Phase;
import io.autotls.internal.text.PlainText;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way from an order to a certificate (RFC 8555 §7.1.6), in steps that can be stored.
 *
 * <p>{@link #advance} takes one step: a few requests, no wait. It returns what has to be remembered
 * and when to come back. Whoever stores that before the next step loses nothing in a crash: an
 * order whose URL was not stored yet is looked for, and an order is read before a CSR is sent by a
 * process that did not read it itself. {@link OrderDriver} does the waiting for those who have a
 * thread to spare.
 *
 * <p>How often the CA is asked, what it means to be asked for patience, which failures pass, and
 * when an order is parked or given up, is decided here and in no other place.
 *
 * <p>One object serves any number of orders of one account, from many threads.
 */
public final class OrderFlow {
  private static final Logger log = LoggerFactory.getLogger(AcmeClient.class);

  /** How many of an account's orders are looked at for one that was lost in a crash. */
  private static final int MAX_ORDERS_TO_SEARCH = 50;

  private static final int MAX_ALTERNATES = 10;

  /** Each is a request. No CA that is known lets an order have as many names. */
  private static final int MAX_AUTHORIZATIONS = 1_000;

  /** A prover that is asked too often gets nothing done, and one that waits for days forgets. */
  private static final Duration SHORTEST_WAIT = Duration.ofSeconds(1);

  private static final Duration LONGEST_WAIT = Duration.ofHours(1);

  /** What is postponed is tried again after 1, 2, 4, 8 and 16 times what was asked for. */
  private static final int MOST_DOUBLINGS = 4;

  /** Parked orders are asked for so long; CAs need hours at times, and give up after a day too. */
  private static final Duration GIVE_UP = Duration.ofDays(1);

  private final AcmeAccount account;
  private final AcmeClient client;

  /** Shortcuts past questions whose answer this process has just had. Never more than that. */
  private final RecentOrders<Order> seen = new RecentOrders<>();

  private final RecentOrders<List<Proof>> presented = new RecentOrders<>();

  private OrderFlow(AcmeAccount account) {
    this.account = account;
    this.client = account.client();
  }

  /** The flow of an account's orders. */
  public static OrderFlow of(AcmeAccount account) {
    return new OrderFlow(account);
  }

  /** The account. */
  public AcmeAccount account() {
    return account;
  }

  /**
   * Takes the next step. A failure that may pass by itself is not thrown but answered with a later
   * try, a few times; a prover that is not ready is no failure.
   *
   * @param state what the previous step returned
   * @throws AcmeException if the step failed; unless it is an {@link AcmeOrderFailedException}, or
   *     an {@link AcmeUnseenAnswersException}, the same state can be tried again later
   * @throws IOException if the prover failed
   */
  public FlowStep advance(CertificateWish wish, FlowState state) throws AcmeException, IOException {
    try {
      return step(wish, state);
    } catch (ProverNotReadyException e) {
      state.order().ifPresent(seen::remove); // it may be a while, and others may go on meanwhile
      return new FlowStep.Blocked(state, e.reason());
    } catch (AcmeException e) {
      return later(state, e);
    }
  }

  /**
   * The same for a state that comes from a storage: the step may have been taken before, with an
   * outcome that was lost.
   */
  public FlowStep resume(CertificateWish wish, FlowState state) throws AcmeException, IOException {
    state.order().ifPresent(this::othersMayHaveGoneOn);
    if (state.phase() == Phase.ORDER) {
      Optional<FlowStep> found = findOrder(wish, state);
      if (found.isPresent()) {
        return found.get();
      }
    }
    return advance(wish, state);
  }

  private void othersMayHaveGoneOn(URI order) {
    seen.remove(order);
    List<Proof> known = presented.get(order);
    if (known != null && known.isEmpty()) {
      presented.remove(order); // nothing was presented here; elsewhere it may have been
    }
  }

  /**
   * Makes a new order, without looking for an earlier one: {@link #advance} in its first phase, for
   * those who have {@linkplain #findOrder looked} already.
   */
  public FlowStep place(CertificateWish wish, FlowState state) throws AcmeException {
    try {
      Order order = new OrderPlacement(account).place(wish.request(), state.failures());
      presented.put(order.url(), List.of());
      return ordered(order, state);
    } catch (AcmeException e) {
      return later(state, e);
    }
  }

  private FlowStep later(FlowState state, AcmeException failure) throws AcmeException {
    if (failure instanceof AcmeServerException nonsense && nonsense.status() < 300) {
      client.forgetConnections();
    }
    state.order().ifPresent(seen::remove); // what the CA thinks now may be something else
    FlowStep again = afterFailure(client, state, failure).orElseThrow(() -> failure);
    log.info("{} The step is taken again soon.", failure.getMessage());
    return again;
  }

  /**
   * What to do after a failure that happened around a step, such as in {@link AcmeClient#register}:
   * the same as after one in a step.
   *
   * @return empty if the failure will not pass by itself, or has not often enough
   */
  public static Optional<FlowStep> afterFailure(
      AcmeClient client, FlowState state, AcmeException failure) {
    Duration pause = client.backOff().repeatStep(state.failures(), failure);
    return Optional.ofNullable(pause).map(p -> new FlowStep.Continue(state.failed(p), p));
  }

  /**
   * Looks for an order of this account that asks for the same and has not been finalized: the one
   * whose URL was lost between the CA's answer and our storage. Costs one request where the CA has
   * no list of orders.
   */
  public Optional<FlowStep> findOrder(CertificateWish wish, FlowState state) throws AcmeException {
    Set<Identifier> wanted = new HashSet<>(wish.request().identifiers());
    List<URI> urls = account.orders();
    for (int i = urls.size() - 1; i >= Math.max(0, urls.size() - MAX_ORDERS_TO_SEARCH); i--) {
      Order order = account.order(urls.get(i));
      boolean open = order.status() == OrderStatus.PENDING || order.status() == OrderStatus.READY;
      if (open && wanted.equals(new HashSet<>(order.identifiers()))) {
        return Optional.of(ordered(order, state));
      }
    }
    return Optional.empty();
  }

  /**
   * Gives up an order: takes away what was presented for it. Harmless if there is nothing.
   *
   * @throws AcmeException if the CA has to be asked what that was, and does not answer
   */
  public void abandon(CertificateWish wish, FlowState state) throws AcmeException, IOException {
    URI url = state.order().orElse(null);
    if (url == null) {
      return;
    }
    seen.remove(url);
    if (!withdrawKnown(wish, url) && !withdrawRemembered(wish, state)) {
      withdraw(wish, url, authorizationsOf(wish, account.order(url)));
    }
  }

  private FlowStep step(CertificateWish wish, FlowState state) throws AcmeException, IOException {
    return switch (state.phase()) {
      case ORDER -> order(wish, state);
      case AUTHORIZE -> authorize(wish, state);
      case SETTLE -> settle(wish, state);
      case TRIGGER -> trigger(wish, state);
      case VALIDATE -> validate(wish, state);
      case FINALIZE -> finalizeOrder(wish, state);
      case POLL -> poll(wish, state);
      case DOWNLOAD -> download(wish, state);
    };
  }

  private FlowStep order(CertificateWish wish, FlowState state) throws AcmeException {
    if (state.failures() > 0) { // the answer to an order may have been lost
      Optional<FlowStep> found = findOrder(wish, state);
      if (found.isPresent()) {
        return found.get();
      }
    }
    return place(wish, state);
  }

  private FlowStep ordered(Order order, FlowState state) {
    seen.put(order.url(), order);
    return atOnce(state.withOrder(order.url()).enter(Phase.AUTHORIZE));
  }

  private FlowStep authorize(CertificateWish wish, FlowState state)
      throws AcmeException, IOException {
    Order order = read(state);
    if (order.status() != OrderStatus.PENDING) {
      return follow(wish, order, state);
    }
    List<Authorization> authorizations = authorizations(order);
    checkThatAllAreOrdered(wish, order, authorizations);
    List<Proof> all = proofs(wish.prover(), authorizations);
    List<Proof> proofs = oneForEachPlace(wish.prover(), all);
    Answers answers =
        new Answers(
            proofs.stream().map(Proof::key).toList(),
            proofs.size() < all.size() ? Extent.PART : Extent.ALL);
    withdrawOthers(wish, state, answers);
    presented.put(order.url(), proofs); // first: half of them may be there when the next fails
    ProofVisibility visibility =
        proofs.isEmpty() ? ProofVisibility.visible() : wish.prover().present(proofs);
    if (visibility instanceof ProofVisibility.NotYet notYet) {
      FlowState settling = state.enter(Phase.SETTLE).withAnswers(answers);
      return await(wish, settling, notYet.lookAgain(), notYet.reason());
    } else if (visibility instanceof ProofVisibility.Postponed postponed) {
      presented.put(order.url(), List.of());
      Duration longer =
          within(postponed.tryAgain()).multipliedBy(1L << Math.min(state.looks(), MOST_DOUBLINGS));
      return await(wish, state.withAnswers(Answers.NONE), longer, postponed.reason());
    }
    // What was told in the step in which it was presented need not be remembered; the rest does.
    Answers remembered = answers.extent() == Extent.PART ? answers : Answers.NONE;
    return tell(wish, state.withAnswers(remembered), order, proofs);
  }

  private static List<Proof> oneForEachPlace(Prover prover, List<Proof> all) {
    Set<String> places = new HashSet<>();
    return all.stream().filter(proof -> prover.place(proof).map(places::add).orElse(true)).toList();
  }

  /** Takes away what was presented before the CA, or the prover, changed its mind. */
  private void withdrawOthers(CertificateWish wish, FlowState state, Answers now)
      throws IOException {
    List<Proof> others =
        known(state).stream().filter(proof -> !now.keys().contains(proof.key())).toList();
    if (!others.isEmpty()) {
      wish.prover().withdraw(others);
    }
  }

  private FlowStep settle(CertificateWish wish, FlowState state) throws AcmeException, IOException {
    ProofVisibility visibility = wish.prover().settle(known(state));
    if (visibility instanceof ProofVisibility.NotYet notYet) {
      return await(wish, state, notYet.lookAgain(), notYet.reason());
    } else if (visibility instanceof ProofVisibility.Postponed postponed) {
      return await(wish, state, postponed.tryAgain(), postponed.reason());
    }
    return atOnce(state.enter(Phase.TRIGGER));
  }

  /** What was presented, as far as this process or its predecessor remembers. */
  private List<Proof> known(FlowState state) {
    List<Proof> here = state.order().map(presented::get).orElse(null);
    return here != null && !here.isEmpty()
        ? here
        : state.answers().keys().stream().map(key -> Proof.remembered(account, key)).toList();
  }

  private FlowStep trigger(CertificateWish wish, FlowState state)
      throws AcmeException, IOException {
    Order order = fetch(state); // that it was pending may be long ago
    if (order.status() != OrderStatus.PENDING) {
      return follow(wish, order, state);
    }
    Optional<List<Proof>> proofs = stillAsked(order, state);
    return proofs.isPresent()
        ? tell(wish, state, order, proofs.get())
        : atOnce(state.enter(Phase.AUTHORIZE));
  }

  /** The proofs with their challenges; empty if the CA asks for others by now. */
  private Optional<List<Proof>> stillAsked(Order order, FlowState state) throws AcmeException {
    List<Proof> known = known(state);
    if (known.stream().allMatch(proof -> proof.challenge().isPresent())) {
      return Optional.of(known);
    }
    List<Proof> asked = new ArrayList<>();
    for (Authorization authorization : authorizations(order)) {
      if (authorization.status() != AuthorizationStatus.PENDING) {
        continue;
      }
      Optional<ProofKey> key =
          state.answers().keys().stream().filter(one -> one.isFor(authorization)).findFirst();
      Optional<AcmeChallenge> challenge =
          key.flatMap(
              one ->
                  authorization
                      .challenge(one.type())
                      .filter(same -> Objects.equals(same.token().orElse(null), one.token())));
      if (challenge.isPresent()) {
        asked.add(Proof.of(account, authorization, challenge.get()));
      } else if (key.isPresent() || state.answers().extent() == Extent.ALL) {
        return Optional.empty();
      }
    }
    return Optional.of(asked);
  }

  /** Only now: the CA may look at once, from many places (RFC 8555 §8). */
  private FlowStep tell(CertificateWish wish, FlowState state, Order order, List<Proof> proofs)
      throws AcmeException {
    List<AcmeChallenge> answers = trigger(order, proofs);
    Duration asked = longest(order, proofs, answers);
    boolean done = asked == null && answers.stream().allMatch(OrderFlow::isValid);
    FlowState next = state.enter(Phase.VALIDATE);
    return done ? atOnce(next) : again(wish, next, asked, "the CA has not validated yet");
  }

  /** Those that are for what was ordered; no prover hears of others, not even to clean up. */
  private List<Authorization> authorizationsOf(CertificateWish wish, Order order)
      throws AcmeException {
    return authorizations(order).stream().filter(one -> one.isFor(wish.request())).toList();
  }

  /** A proof for a name that nobody ordered would be one for somebody else. */
  private static void checkThatAllAreOrdered(
      CertificateWish wish, Order order, List<Authorization> authorizations)
      throws AcmeOrderFailedException {
    for (Authorization authorization : authorizations) {
      if (!authorization.isFor(wish.request())) {
        throw AcmeOrderFailedException.notOrdered(order.url(), authorization);
      }
    }
  }

  private List<Authorization> authorizations(Order order) throws AcmeException {
    if (order.authorizations().size() > MAX_AUTHORIZATIONS) {
      throw AcmeOrderFailedException.tooMany(order.url(), order.authorizations().size());
    }
    return client.fanout().forEach(order.url(), order.authorizations(), account::authorization);
  }

  private List<Proof> proofs(Prover prover, List<Authorization> authorizations)
      throws AcmeChallengeException, ProverNotReadyException {
    List<Proof> proofs = new ArrayList<>();
    for (Authorization authorization : authorizations) {
      if (authorization.status() == AuthorizationStatus.PENDING) {
        AcmeChallenge chosen =
            prover
                .choose(authorization)
                .orElseThrow(() -> new AcmeChallengeException(authorization));
        proofs.add(Proof.of(account, authorization, chosen));
      }
    }
    return List.copyOf(proofs);
  }

  private List<AcmeChallenge> trigger(Order order, List<Proof> proofs) throws AcmeException {
    return client.fanout().forEach(order.url(), proofs, this::trigger);
  }

  /** One that the CA was told of before a crash is gone on with: there is no second try for it. */
  private AcmeChallenge trigger(Proof proof) throws AcmeException {
    AcmeChallenge challenge = proof.challenge().orElseThrow();
    if (challenge.status() != ChallengeStatus.PENDING) {
      return challenge;
    }
    try {
      return account.trigger(challenge);
    } catch (AcmeProblemException e) {
      // Its first answer may have been lost; then the CA has nothing to validate any more.
      Authorization now = account.authorization(proof.authorization().orElseThrow().url());
      return now.challenges().stream()
          .filter(one -> one.url().equals(challenge.url()))
          .filter(one -> one.status() != ChallengeStatus.PENDING)
          .findFirst()
          .orElseThrow(() -> e);
    }
  }

  private static boolean isValid(AcmeChallenge challenge) {
    return challenge.status() == ChallengeStatus.VALID;
  }

  /** The order is looked at for all of them, so the most patient one counts. */
  private static @Nullable Duration longest(
      Order order, List<Proof> proofs, List<AcmeChallenge> challenges) {
    return Stream.of(
            Stream.of(order.retryAfter()),
            proofs.stream().map(proof -> proof.authorization().flatMap(Authorization::retryAfter)),
            challenges.stream().map(AcmeChallenge::retryAfter))
        .flatMap(wishes -> wishes)
        .flatMap(Optional::stream)
        .max(Duration::compareTo)
        .orElse(null);
  }

  private FlowStep validate(CertificateWish wish, FlowState state)
      throws AcmeException, IOException {
    Order order = fetch(state);
    if (order.status() != OrderStatus.PENDING && order.status() != OrderStatus.UNKNOWN) {
      pace(state).news(state.looks());
      return follow(wish, order, state);
    }
    if (state.answers().extent() == Extent.PART && isPartDone(wish, order, state)) {
      wish.prover().withdraw(known(state));
      presented.put(order.url(), List.of());
      return atOnce(state.answerTheRest());
    }
    if (state.waited().compareTo(wish.patience()) > 0) {
      // Some CAs leave the order pending when a validation has failed (step-ca).
      List<Authorization> authorizations = authorizationsOf(wish, order);
      if (!AcmeOrderFailedException.failures(authorizations).isEmpty()) {
        throw failed(wish, order, authorizations);
      }
    }
    return again(wish, state, asked(order), "the CA has not validated yet");
  }

  /** Whether the CA waits for nothing any more but for what had to wait for its place. */
  private boolean isPartDone(CertificateWish wish, Order order, FlowState state)
      throws AcmeException {
    return authorizationsOf(wish, order).stream()
        .filter(one -> state.answers().keys().stream().anyMatch(key -> key.isFor(one)))
        .allMatch(one -> one.status() == AuthorizationStatus.VALID);
  }

  /** Where to go from an order in a state that may have been reached without us. */
  private FlowStep follow(CertificateWish wish, Order order, FlowState state)
      throws AcmeException, IOException {
    switch (order.status()) {
      case READY:
        if (state.phase().compareTo(Phase.VALIDATE) <= 0) {
          withdraw(wish, order, state);
        }
        return atOnce(state.withAnswers(Answers.NONE).enter(Phase.FINALIZE));
      case PROCESSING:
        return again(wish, state.enter(Phase.POLL), asked(order), "the CA has not issued yet");
      case VALID:
        return order.certificateUrl().isPresent()
            ? atOnce(state.enter(Phase.DOWNLOAD))
            : again(wish, state, asked(order), "the CA does not show the certificate yet");
      case INVALID:
        throw failed(wish, order, authorizationsOf(wish, order));
      case PENDING:
        return atOnce(state.enter(Phase.AUTHORIZE));
      default:
        return again(wish, state, asked(order), "the order is in a state that nobody knows");
    }
  }

  private AcmeOrderFailedException failed(
      CertificateWish wish, Order order, List<Authorization> authorizations) {
    seen.remove(order.url());
    List<Proof> known = presented.get(order.url());
    boolean here = known != null && !known.isEmpty();
    Answered answered = here ? Answered.HERE : Answered.ELSEWHERE;
    AcmeOrderFailedException failure = AcmeOrderFailedException.of(order, authorizations, answered);
    try {
      withdraw(wish, order.url(), authorizations);
    } catch (IOException e) {
      failure.addSuppressed(e); // why the order failed matters more
    } finally {
      presented.remove(order.url());
    }
    return failure;
  }

  private FlowStep finalizeOrder(CertificateWish wish, FlowState state)
      throws AcmeException, IOException {
    Order order = read(state);
    if (order.status() != OrderStatus.READY) {
      return follow(wish, order, state);
    }
    Order after;
    try {
      after = account.finalizeOrder(order, Csr.of(wish.key(), wish.request().identifiers()));
      seen.put(order.url(), after);
    } catch (AcmeProblemException e) {
      if (e.type() != ProblemType.ORDER_NOT_READY) {
        throw e;
      }
      after = fetch(state); // its state says why (RFC 8555 §7.4)
    }
    return after.status() == OrderStatus.READY
        ? again(wish, state.enter(Phase.POLL), asked(after), "the CA does not take the CSR")
        : follow(wish, after, state);
  }

  private FlowStep poll(CertificateWish wish, FlowState state) throws AcmeException, IOException {
    Order order = fetch(state);
    if (order.status() == OrderStatus.PROCESSING) {
      return again(wish, state, asked(order), "the CA has not issued yet");
    }
    pace(state).news(state.looks());
    return follow(wish, order, state);
  }

  private FlowStep download(CertificateWish wish, FlowState state)
      throws AcmeException, IOException {
    Order order = read(state);
    if (order.status() != OrderStatus.VALID || order.certificateUrl().isEmpty()) {
      return follow(wish, order, state);
    }
    CertificateChain chain;
    try {
      chain = account.certificate(order);
    } catch (AcmeProblemException e) {
      if (e.status() != 404) {
        throw e;
      }
      // It has been issued, and is only not everywhere yet: ordering again would be a waste.
      return again(wish, state, e.retryAfter().orElse(null), "the CA does not hand it out yet");
    }
    verify(wish, chain);
    CertificateChain best = preferred(wish, chain);
    seen.remove(order.url());
    withdrawRest(wish, order.url());
    return new FlowStep.Issued(best.withoutRoot());
  }

  /** Another process may have gone on with the order while its answers were still in place. */
  private void withdrawRest(CertificateWish wish, URI order) {
    try {
      withdrawKnown(wish, order);
    } catch (IOException e) {
      log.warn(
          "What was presented for {} could not be taken away: {}. It stays until somebody removes it.",
          wish,
          PlainText.message(e.toString()));
    } finally {
      presented.remove(order);
    }
  }

  /** Of how many orders something is remembered. */
  int remembered() {
    return Math.max(seen.size(), presented.size());
  }

  private void verify(CertificateWish wish, CertificateChain chain)
      throws AcmeCertificateException {
    // By the CA's clock: if ours is wrong, nothing that was issued is to be thrown away. A CA that
    // does not tell the time has at least not issued what had expired.
    Instant now = client.serverNow().orElseGet(() -> chain.leaf().getNotBefore().toInstant());
    chain.verify(wish.key().getPublic(), wish.request().identifiers(), now);
  }

  /** The default chain works; another one is a wish, and its failure must not cost anything. */
  private CertificateChain preferred(CertificateWish wish, CertificateChain byDefault) {
    String name = wish.preferredChain().orElse(null);
    if (name == null || byDefault.hasIssuer(name)) {
      return byDefault;
    }
    for (URI alternate : byDefault.alternates().stream().limit(MAX_ALTERNATES).toList()) {
      try {
        CertificateChain chain = account.certificate(alternate);
        if (chain.hasIssuer(name)) {
          verify(wish, chain);
          return chain;
        }
      } catch (AcmeException e) {
        log.warn("An alternate chain for {} cannot be used: {}", wish, e.getMessage());
      }
    }
    log.warn(
        "The CA has no chain from \"{}\" for {}; its default is used, which ends at \"{}\".",
        name,
        wish,
        byDefault.topIssuer());
    return byDefault;
  }

  /** The order as this process saw it a moment ago, or else as the CA has it now. */
  private Order read(FlowState state) throws AcmeException {
    Order before = seen.get(state.requiredOrder());
    return before != null ? before : fetch(state);
  }

  private Order fetch(FlowState state) throws AcmeException {
    Order order = account.order(state.requiredOrder());
    seen.put(order.url(), order);
    return order;
  }

  private void withdraw(CertificateWish wish, Order order, FlowState state)
      throws AcmeException, IOException {
    if (!withdrawKnown(wish, order.url()) && !withdrawRemembered(wish, state)) {
      withdraw(
          wish,
          order.url(),
          authorizationsOf(wish, order)); // presented before a crash, or not at all
    }
  }

  private boolean withdrawRemembered(CertificateWish wish, FlowState state) throws IOException {
    if (state.answers().keys().isEmpty()) {
      return false;
    }
    wish.prover().withdraw(known(state));
    return true;
  }

  /** Takes away what this process presented for an order; false if that is not known here. */
  boolean withdrawKnown(CertificateWish wish, URI order) throws IOException {
    List<Proof> known = presented.get(order);
    if (known == null) {
      return false;
    }
    if (!known.isEmpty()) {
      wish.prover().withdraw(known);
    }
    presented.remove(order);
    return true;
  }

  /** Nobody knows any more which challenges were answered: all of them may have been. */
  private void withdraw(CertificateWish wish, URI order, List<Authorization> authorizations)
      throws IOException {
    List<Proof> all = new ArrayList<>();
    for (Authorization authorization : authorizations) {
      for (AcmeChallenge challenge : authorization.challenges()) {
        all.add(Proof.of(account, authorization, challenge));
      }
    }
    if (!all.isEmpty()) {
      wish.prover().withdraw(all);
    }
    presented.remove(order);
  }

  private Pace pace(FlowState state) {
    return state.phase() == Phase.VALIDATE ? client.paceOfValidation() : client.paceOfIssuance();
  }

  private static @Nullable Duration asked(Order order) {
    return order.retryAfter().orElse(null);
  }

  private static FlowStep atOnce(FlowState next) {
    return new FlowStep.Continue(next, Duration.ZERO);
  }

  private FlowStep again(
      CertificateWish wish, FlowState state, @Nullable Duration asked, String reason)
      throws AcmeOrderFailedException {
    Duration pause = client.backOff().look(state.looks(), asked, pace(state));
    FlowState next = state.lookedInVain(pause);
    if (next.waited().compareTo(wish.patience()) <= 0) {
      return new FlowStep.Continue(next, pause);
    }
    if (state.waited().compareTo(GIVE_UP) > 0) {
      throw AcmeOrderFailedException.withoutNews(state.requiredOrder());
    }
    Duration rarely = client.backOff().lookAtParked(asked);
    return new FlowStep.Parked(state.lookedInVain(rarely), rarely, reason);
  }

  /** Waits for the prover, as it asks, and as long as for the CA. */
  private static FlowStep await(
      CertificateWish wish, FlowState state, Duration asked, String reason)
      throws AcmeUnseenAnswersException {
    if (state.waited().compareTo(GIVE_UP) > 0) {
      throw new AcmeUnseenAnswersException(state.requiredOrder(), reason);
    }
    Duration pause = within(asked);
    FlowState next = state.lookedInVain(pause);
    return next.waited().compareTo(wish.patience()) <= 0
        ? new FlowStep.Continue(next, pause)
        : new FlowStep.Parked(next, pause, reason);
  }

  private static Duration within(Duration asked) {
    Duration least = asked.compareTo(SHORTEST_WAIT) < 0 ? SHORTEST_WAIT : asked;
    return least.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : least;
  }
}
