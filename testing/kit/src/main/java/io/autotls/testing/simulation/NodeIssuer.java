package io.autotls.testing.simulation;

import io.autotls.spi.Challenge;
import io.autotls.spi.Issuance;
import io.autotls.spi.IssuanceStage;
import io.autotls.spi.Issuer;
import io.autotls.spi.IssuerContext;
import io.autotls.spi.IssuerException;
import io.autotls.spi.IssuerException.Reaction;
import io.autotls.spi.OrderLimits;
import io.autotls.spi.Progress;
import io.autotls.spi.Readiness;
import io.autotls.spi.RenewalWindow;
import io.autotls.spi.RevocationReason;
import io.autotls.spi.Visibility;
import java.io.IOException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The way of one process to the simulated CA: the steps of an ACME order, each of them a request or
 * two.
 */
final class NodeIssuer implements Issuer {
  private static final Duration POLL = Duration.ofMillis(300);

  private final SimulatedCa ca;
  private final World world;
  private final Incarnation process;
  private @Nullable IssuerContext context; // null before start

  NodeIssuer(SimulatedCa ca, World world, Incarnation process) {
    this.ca = ca;
    this.world = world;
    this.process = process;
  }

  @Override
  public String id() {
    return ca.id();
  }

  @Override
  public String displayName() {
    return "Simulated CA " + ca.id();
  }

  @Override
  public OrderLimits limits() {
    return ca.allowed();
  }

  @Override
  public Trust trust() {
    return ca.trust();
  }

  @Override
  public void start(IssuerContext context) {
    this.context = context;
  }

  /** A request that the CA answers. */
  @FunctionalInterface
  private interface Request<T> {
    T send() throws IssuerException;
  }

  private <T> T ask(Issuance work, String what, Request<T> request) throws IssuerException {
    T answer;
    try {
      world.chaos().beforeCa(process, ca, what + " " + work.names().get(0));
      world.referee().asked(process, ca, work, what);
      answer = request.send();
      world.chaos().afterCa(process, what);
      requireNotCutOff();
    } catch (IOException e) {
      throw world
          .referee()
          .failed(process, work, ca, ca.failure(Reaction.RETRY_STEP, e.getMessage() + ".", null));
    } catch (IssuerException e) {
      world.note(process, () -> what + ": " + e.getMessage() + " " + e.retryAfter().orElse(null));
      throw world.referee().failed(process, work, ca, e);
    }
    world.note(process, () -> what + ": " + brief(answer));
    return answer;
  }

  /** A process that ends closes its connections. */
  private void requireNotCutOff() throws IOException {
    if (process.isStopping()) {
      throw new IOException("the process stops");
    }
  }

  private static Object brief(Object answer) {
    return answer instanceof X509Certificate one ? "certificate " + one.getSerialNumber() : answer;
  }

  @Override
  public Readiness readiness(List<String> names, Map<String, String> state) {
    return switch (step(state)) {
      case "order", "answer", "settle", "trigger" -> process.server().readiness();
      default -> Readiness.ready();
    };
  }

  private static String step(Map<String, String> state) {
    return state.getOrDefault("step", "order");
  }

  @Override
  public Progress advance(Issuance work) throws IssuerException, IOException {
    world.referee().stepBegins(process, work);
    if (readiness(work.names(), work.state()) instanceof Readiness.NotReady missing) {
      world.referee().blocked(process, work);
      return new Progress.Blocked(work.state(), missing.reason());
    }
    return switch (step(work.state())) {
      case "order" -> order(work);
      case "answer" -> answer(work);
      case "settle" -> settle(work);
      case "trigger" -> trigger(work);
      case "validate" -> validate(work);
      case "finalize" -> finish(work);
      case "poll" -> follow(work, ask(work, "poll", () -> ca.order(orderId(work))));
      default -> download(work);
    };
  }

  private Progress order(Issuance work) throws IssuerException, IOException {
    Optional<CaOrder> lost =
        work.isResumed() ? ask(work, "orders", () -> ca.openOrder(work)) : Optional.empty();
    if (lost.isEmpty()) {
      context().admit(work);
    }
    CaOrder order = lost.isPresent() ? lost.get() : ask(work, "newOrder", () -> ca.newOrder(work));
    return next("answer", order, Duration.ZERO);
  }

  private IssuerContext context() {
    if (context == null) {
      throw new IllegalStateException("not started");
    }
    return context;
  }

  private Progress answer(Issuance work) throws IssuerException, IOException {
    CaOrder order = ask(work, "order", () -> ca.order(orderId(work)));
    if (process.server().readiness() instanceof Readiness.NotReady missing) {
      return new Progress.Blocked(work.state(), missing.reason()); // it stopped meanwhile
    }
    if (proves() && order.status == CaOrder.Status.PENDING) {
      Visibility visibility = context().present(work, challenges(order));
      world.note(process, () -> "presents: " + visibility);
      if (visibility instanceof Visibility.NotYet notYet) {
        return settling(order, notYet);
      } else if (visibility instanceof Visibility.Postponed postponed) {
        return next("answer", order, postponed.tryAgain());
      }
    }
    ca.look(order, process);
    return follow(work, order);
  }

  private boolean proves() {
    return world.plan().names().proofs() != Plan.Proofs.BELIEVED;
  }

  private List<Challenge> challenges(CaOrder order) {
    return order.tokens.entrySet().stream()
        .map(
            one ->
                Challenge.builder(process.server().type(), one.getKey())
                    .token(one.getValue(), one.getValue() + ".x")
                    .build())
        .toList();
  }

  private static Progress settling(CaOrder order, Visibility.NotYet notYet) {
    return new Progress.Continue(
        Map.of("step", "settle", "order", order.id),
        IssuanceStage.SETTLING,
        notYet.lookAgain(),
        Progress.Asks.SOLVERS);
  }

  /** Asks nobody but the solver. */
  private Progress settle(Issuance work) throws IssuerException, IOException {
    CaOrder order = ca.peek(orderId(work)).orElse(null);
    if (order == null) {
      throw ca.failure(Reaction.RETRY_ATTEMPT, "the order is gone.", null);
    }
    Visibility visibility = context().settle(work, challenges(order));
    world.note(process, () -> "settles: " + visibility);
    return visibility instanceof Visibility.NotYet notYet
        ? settling(order, notYet)
        : next("trigger", order, Duration.ZERO);
  }

  private Progress trigger(Issuance work) throws IssuerException, IOException {
    CaOrder order = ask(work, "order", () -> ca.order(orderId(work)));
    ca.look(order, process);
    return follow(work, order);
  }

  private Progress validate(Issuance work) throws IssuerException, IOException {
    return follow(work, ask(work, "look", () -> ca.order(orderId(work))));
  }

  private Progress follow(Issuance work, CaOrder order) throws IssuerException, IOException {
    if (proves() && order.status != CaOrder.Status.PENDING) {
      context().cleanUp(work, challenges(order));
    }
    return switch (order.status) {
      case PENDING -> next("validate", order, POLL);
      case READY -> next("finalize", order, Duration.ZERO);
      case PROCESSING -> next("poll", order, POLL);
      case VALID -> next("download", order, Duration.ZERO);
      case INVALID -> throw invalid(work, order);
    };
  }

  private IssuerException invalid(Issuance work, CaOrder order) {
    if (order.failsValidation) {
      work.names().forEach(context()::validationFailed);
    }
    boolean gone = !process.name().equals(order.answeredBy) || !process.server().isListening();
    IssuerException failure =
        order.nobodyListened && gone
            ? ca.failure(Reaction.INTERRUPTED, order + " is invalid: nobody listened.", null)
            : ca.blaming(order.unproven, order + " is invalid.");
    return world.referee().failed(process, work, ca, failure);
  }

  private Progress finish(Issuance work) throws IssuerException, IOException {
    return follow(work, ask(work, "finalize", () -> ca.finalizeOrder(work, orderId(work))));
  }

  private Progress download(Issuance work) throws IssuerException, IOException {
    CaOrder order = ask(work, "order", () -> ca.order(orderId(work)));
    if (order.status != CaOrder.Status.VALID) {
      return follow(work, order);
    }
    X509Certificate certificate = ask(work, "download", () -> ca.download(work, order));
    world.referee().delivered(ca, order);
    return new Progress.Issued(List.of(certificate));
  }

  private static Progress next(String step, CaOrder order, Duration delay) {
    return new Progress.Continue(Map.of("step", step, "order", order.id), stage(step), delay);
  }

  private static IssuanceStage stage(String step) {
    return switch (step) {
      case "answer" -> IssuanceStage.ANSWERING;
      case "trigger" -> IssuanceStage.TRIGGERING;
      case "validate" -> IssuanceStage.VALIDATING;
      case "finalize" -> IssuanceStage.REQUESTING;
      case "poll" -> IssuanceStage.SIGNING;
      default -> IssuanceStage.DOWNLOADING;
    };
  }

  private static String orderId(Issuance work) {
    return work.state().getOrDefault("order", "");
  }

  @Override
  public Optional<RenewalWindow> renewalWindow(X509Certificate certificate)
      throws IssuerException, IOException {
    world.chaos().beforeCa(process, ca, "renewalInfo");
    Optional<RenewalWindow> window = ca.window(certificate);
    world.chaos().afterCa(process, "renewalInfo");
    world.note(process, () -> "renewalInfo: " + window);
    return window;
  }

  @Override
  public boolean revokes() {
    return true;
  }

  @Override
  public void revoke(X509Certificate certificate, RevocationReason reason)
      throws IssuerException, IOException {
    world.chaos().beforeCa(process, ca, "revoke");
    world.referee().revokes(process, certificate);
    ca.revoke(certificate);
    world.note(process, () -> "revoke: certificate " + certificate.getSerialNumber());
    world.chaos().afterCa(process, "revoke");
  }

  @Override
  public void abandon(Issuance work) throws IOException {
    world.chaos().beforeCa(process, ca, "abandon");
    Optional<CaOrder> order = ca.peek(orderId(work));
    if (proves() && order.isPresent()) {
      context().cleanUp(work, challenges(order.get()));
    }
  }

  @Override
  public void close() {}
}
