package io.autotls.internal.issuer;

import io.autotls.acme.AcmeAccount;
import io.autotls.acme.AcmeClient;
import io.autotls.acme.AcmeException;
import io.autotls.acme.AcmeRevocationReason;
import io.autotls.acme.CertificateWish;
import io.autotls.acme.FlowState;
import io.autotls.acme.FlowState.Phase;
import io.autotls.acme.FlowStep;
import io.autotls.acme.Identifier;
import io.autotls.acme.OrderFlow;
import io.autotls.acme.OrderRequest;
import io.autotls.acme.RenewalInfo;
import io.autotls.internal.issuer.AcmeState.AccountMemory;
import io.autotls.spi.ChallengeSolver;
import io.autotls.spi.Issuance;
import io.autotls.spi.IssuerContext;
import io.autotls.spi.IssuerException;
import io.autotls.spi.Progress;
import io.autotls.spi.Readiness;
import io.autotls.spi.RenewalWindow;
import java.io.IOException;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The steps of an ACME issuance as the engine takes them: those of an {@link OrderFlow}, with what
 * only AutoTls has around them: solvers that have to be ready, an account that all nodes share, and
 * a ledger of orders. Each ends with what is to be remembered; the engine stores that before the
 * next one.
 */
public final class AcmeIssuance implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(AcmeIssuance.class);

  private static final Duration ASK_AGAIN = Duration.ofHours(6); // RFC 9773 §4.3.3

  private final CaSettings ca;
  private final AcmeClient client;
  private final Accounts accounts;
  private final IssuerContext context;
  private final Failures failures;
  private @Nullable OrderFlow flow; // guarded by this; null before the account is known

  /** Creates the steps for one CA; does no I/O. */
  public AcmeIssuance(CaSettings ca, IssuerContext context) {
    this.ca = ca;
    this.context = context;
    this.client =
        AcmeClient.builder(ca.directory())
            .trustedRoots(ca.trustedRoots())
            .clock(context.time())
            .clockObserver(context::clockHeard)
            .random(context.random())
            .withoutRepeats() // nothing waits inside a step: the flow says when to come back
            .build();
    this.accounts = new Accounts(client, ca, context, new SecureRandom());
    this.failures = new Failures(ca, context);
  }

  /** Takes the next step. */
  public Progress advance(Issuance work) throws IssuerException, IOException {
    AcmeState state = AcmeState.of(work.state());
    FlowState at = state.flow();
    if (readiness(work.names(), work.state()) instanceof Readiness.NotReady notReady) {
      return new Progress.Blocked(work.state(), notReady.reason());
    }
    if (at == null) {
      return state.with(FlowState.begin()).after(Duration.ZERO);
    }
    if (isAnswered(at) && !Answers.areThere(context, at.answeredTypes())) {
      // The solver that had answered is not configured any more: another one begins anew.
      return state.with(FlowState.ofOrder(at.order().orElseThrow())).after(Duration.ZERO);
    }
    try {
      return progress(work, state, step(work, at));
    } catch (AcmeException e) {
      if (failures.isAccountDoubtful(e) && state.account() == AccountMemory.KNOWN) {
        return findAccountAgain(state, e);
      }
      throw failures.translate(e, state);
    } catch (UnansweredException e) {
      throw Failures.unanswered(e);
    } catch (AccountClosedException e) {
      throw Failures.accountClosed(e);
    }
  }

  /**
   * Whether the next step could be taken here. Nothing is ordered before a solver could answer, for
   * a failed validation costs a rate limit; once the CA was told to look, anybody may ask for news.
   */
  public Readiness readiness(List<String> names, Map<String, String> state) {
    FlowState flow = AcmeState.of(state).flow();
    if (flow == null || flow.phase().compareTo(Phase.AUTHORIZE) <= 0) {
      return Answers.readiness(context, names);
    }
    return isAnswered(flow)
        ? Answers.readinessOf(context, flow.answeredTypes())
        : Readiness.ready();
  }

  /** Whether its answers are in place, and the CA was not told yet. */
  private static boolean isAnswered(FlowState flow) {
    return flow.phase() == Phase.SETTLE || flow.phase() == Phase.TRIGGER;
  }

  private FlowStep step(Issuance work, FlowState at)
      throws AcmeException, IssuerException, IOException {
    OrderFlow flow;
    try {
      flow = flow();
    } catch (AcmeException e) {
      return OrderFlow.afterFailure(client, at, e).orElseThrow(() -> e);
    }
    CertificateWish wish = wish(work);
    if (at.phase() != Phase.ORDER) {
      work.requireHeld(); // another node may have gone on with the order meanwhile
      return work.isResumed() ? flow.resume(wish, at) : flow.advance(wish, at);
    }
    boolean mayBeLost = work.isResumed() || at.failures() > 0;
    Optional<FlowStep> found = mayBeLost ? find(flow, wish, at) : Optional.empty();
    if (found.isPresent()) {
      return found.get();
    }
    context.admit(work);
    log.info(
        "{}: asks {} for a certificate, by {}.",
        String.join(", ", work.names()),
        ca.displayName(),
        solvers(work));
    return flow.place(wish, at);
  }

  /** What the names may be proven by; which one it is depends on what the CA offers. */
  private String solvers(Issuance work) {
    return context.solvers().stream()
        .filter(
            solver ->
                work.names().stream()
                    .anyMatch(
                        name ->
                            solver.supports(
                                name.startsWith("*.") ? name.substring(2) : name,
                                name.startsWith("*."))))
        .map(ChallengeSolver::type)
        .distinct()
        .collect(Collectors.joining(" or "));
  }

  private Optional<FlowStep> find(OrderFlow flow, CertificateWish wish, FlowState at)
      throws AcmeException {
    try {
      return flow.findOrder(wish, at);
    } catch (AcmeException e) {
      return Optional.of(OrderFlow.afterFailure(client, at, e).orElseThrow(() -> e));
    }
  }

  private static Progress progress(Issuance work, AcmeState state, FlowStep step) {
    if (step instanceof FlowStep.Issued issued) {
      return new Progress.Issued(issued.chain().certificates());
    } else if (step instanceof FlowStep.Parked parked) {
      return state.with(parked.state()).after(parked.delay());
    } else if (step instanceof FlowStep.Blocked blocked) {
      return new Progress.Blocked(work.state(), blocked.reason());
    }
    FlowStep.Continue next = (FlowStep.Continue) step;
    return state.with(next.state()).after(next.delay());
  }

  private CertificateWish wish(Issuance work) {
    List<Identifier> identifiers = work.names().stream().map(Identifier::of).toList();
    OrderRequest.Builder request = OrderRequest.builder().identifiers(identifiers);
    wishForProfiles(request, work.profiles());
    work.predecessor().flatMap(RenewalInfo::certificateId).ifPresent(request::replaces);
    return CertificateWish.builder(request.build(), work.keyPair(), new Answers(context, work))
        .preferredChain(ca.preferredChain())
        .build();
  }

  /** One profile is required; several are what is liked best, next best, and so on. */
  private static void wishForProfiles(OrderRequest.Builder request, List<String> profiles) {
    if (profiles.size() == 1) {
      request.profile(profiles.get(0));
    } else {
      request.preferProfiles(profiles);
    }
  }

  private synchronized OrderFlow flow() throws AcmeException, IOException {
    AcmeAccount account = accounts.account();
    OrderFlow present = flow;
    if (present == null || present.account() != account) {
      present = OrderFlow.of(account);
      flow = present;
    }
    return present;
  }

  private Progress findAccountAgain(AcmeState state, AcmeException doubt)
      throws IssuerException, IOException {
    try {
      if (accounts.adoptStored()) {
        return state.withAccountFoundAgain().with(state.flow()).after(Duration.ZERO);
      }
      AcmeAccount before = accounts.account();
      if (!failures.isAccountLost(doubt, state)
          || accounts.rediscover(before).url().equals(before.url())) {
        throw failures.translate(doubt, state); // it is there: the CA meant something else
      }
      // Orders belong to the account; whatever the old one had is out of reach.
      return state.withAccountFoundAgain().after(Duration.ZERO);
    } catch (AcmeException e) {
      throw failures.translate(e, state);
    } catch (AccountClosedException e) {
      throw Failures.accountClosed(e);
    }
  }

  /** Revokes a certificate; one that is revoked already is no error. */
  public void revoke(X509Certificate certificate, AcmeRevocationReason reason)
      throws IssuerException, IOException {
    try {
      accounts.account().revoke(certificate, reason);
    } catch (AcmeException e) {
      throw failures.translate(e, AcmeState.of(Map.of()));
    } catch (AccountClosedException e) {
      throw Failures.accountClosed(e);
    }
  }

  /**
   * When the CA would like a certificate to be renewed (RFC 9773). Empty if it has no opinion, or
   * none that makes sense.
   */
  public Optional<RenewalWindow> renewalWindow(X509Certificate certificate) throws IssuerException {
    try {
      return client
          .renewalInfo(certificate)
          .map(
              info ->
                  new RenewalWindow(
                      info.start(),
                      info.end(),
                      info.retryAfter().orElse(ASK_AGAIN),
                      info.explanation().orElse(null)));
    } catch (AcmeException e) {
      throw failures.renewalInfo(e);
    }
  }

  /** Gives the account another key. */
  public void changeAccountKey() throws IssuerException, IOException {
    try {
      accounts.changeKey();
    } catch (AcmeException e) {
      throw failures.translate(e, AcmeState.first());
    } catch (AccountClosedException e) {
      throw Failures.accountClosed(e);
    }
  }

  /** Registers another account, whatever the CA thinks of the present one. */
  public void registerNewAccount() throws IssuerException, IOException {
    try {
      accounts.replace();
    } catch (AcmeException e) {
      throw failures.translate(e, AcmeState.first());
    }
  }

  /** The account, as {@link io.autotls.spi.Issuer#account} names it. */
  public String accountId() {
    return accounts.id();
  }

  /** Takes away the answers of an issuance that is given up. */
  public void abandon(Issuance work) throws IOException {
    AcmeState state = AcmeState.of(work.state());
    if (!state.hasOrder()) {
      return;
    }
    try {
      flow().abandon(wish(work), state.flow());
    } catch (AcmeException e) {
      throw new IOException("cannot look up what was published for " + work, e);
    }
  }

  @Override
  public void close() {
    client.close();
  }
}
