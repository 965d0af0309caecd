package io.autotls.acme;

import io.autotls.internal.text.PlainText;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Obtains certificates and waits for them, for those who use this client alone.
 *
 * <pre>{@code
 * OrderDriver driver = OrderDriver.of(account);
 * CertificateWish wish = CertificateWish.builder(
 *     OrderRequest.of(Identifier.dns("example.com")), certificateKey, prover).build();
 * FlowStep outcome = driver.obtain(wish);
 * if (outcome instanceof FlowStep.Issued issued) {
 *   write(issued.chain().toPem());
 * } else if (outcome instanceof FlowStep.Parked parked) {
 *   // The CA needs longer than the wish's patience: keep the URL, and go on tomorrow.
 *   later(() -> driver.resume(wish, parked.state().order().orElseThrow()));
 * }
 * }</pre>
 *
 * <p>A call ends with a certificate, with a parked order, or with an exception, after the wish's
 * patience for each phase at most. An interrupt ends it at once. What was presented to the CA is
 * taken away in all cases but for a parked order, whose validation may still go on.
 *
 * <p>Safe for use by many threads, each of which obtains another certificate.
 */
public final class OrderDriver {
  private static final Logger log = LoggerFactory.getLogger(AcmeClient.class);

  private static final Duration LATER = Duration.ofMinutes(10);

  /** Before a prover is asked again that was not ready. */
  private static final Duration PROVER = Duration.ofSeconds(1);

  private final OrderFlow flow;
  private final Waiter waiter;
  private final Consumer<FlowState> memory;

  private OrderDriver(OrderFlow flow, Waiter waiter, Consumer<FlowState> memory) {
    this.flow = flow;
    this.waiter = waiter;
    this.memory = memory;
  }

  /** A driver that waits as the account's client does, and remembers nothing. */
  public static OrderDriver of(AcmeAccount account) {
    return new OrderDriver(OrderFlow.of(account), account.client().waiter(), state -> {});
  }

  /**
   * The same, which tells {@code memory} before each step what {@link #resume(CertificateWish,
   * FlowState)} needs if the process ends in that step.
   */
  public OrderDriver rememberingIn(Consumer<FlowState> memory) {
    return new OrderDriver(flow, waiter, memory);
  }

  /**
   * Orders a certificate and waits for it.
   *
   * @return {@link FlowStep.Issued} or {@link FlowStep.Parked}
   * @throws AcmeException if it failed, in a way that will not pass soon
   * @throws IOException if the prover failed
   * @throws InterruptedException if the thread was interrupted
   */
  public FlowStep obtain(CertificateWish wish)
      throws AcmeException, IOException, InterruptedException {
    memory.accept(FlowState.begin());
    return run(wish, FlowState.begin(), flow::advance);
  }

  /** Goes on with an order, wherever it stands. */
  public FlowStep resume(CertificateWish wish, URI order)
      throws AcmeException, IOException, InterruptedException {
    return resume(wish, FlowState.ofOrder(order));
  }

  /** Goes on from what was remembered. An order whose URL was lost is looked for first. */
  public FlowStep resume(CertificateWish wish, FlowState state)
      throws AcmeException, IOException, InterruptedException {
    return run(wish, state, flow::resume);
  }

  private FlowStep run(CertificateWish wish, FlowState begin, Step first)
      throws AcmeException, IOException, InterruptedException {
    FlowState state = begin;
    boolean kept = false;
    try {
      FlowStep step = take(first, wish, state);
      while (step instanceof FlowStep.Continue next) {
        state = next.state();
        memory.accept(state);
        if (!next.delay().isZero()) {
          waiter.await(next.delay());
        }
        step = take(flow::advance, wish, state);
      }
      kept = true;
      return step;
    } finally {
      if (!kept) {
        tidyUp(wish, state);
      }
    }
  }

  /** An order that exists is never lost to a failure that passes, however long that may take. */
  private static FlowStep take(Step step, CertificateWish wish, FlowState state)
      throws AcmeException, IOException {
    try {
      FlowStep taken = step.take(wish, state);
      return taken instanceof FlowStep.Blocked blocked ? awaitProver(wish, blocked) : taken;
    } catch (AcmeException e) {
      boolean limited = e instanceof AcmeRateLimitedException pause && pause.unpauseUrl().isEmpty();
      if (state.order().isEmpty() || !(limited || BackOff.mayPass(e))) {
        throw e;
      }
      String reason = String.valueOf(e.getMessage());
      return new FlowStep.Parked(state, e.retryAfter().orElse(LATER), reason);
    }
  }

  private static FlowStep awaitProver(CertificateWish wish, FlowStep.Blocked blocked) {
    FlowState state = blocked.state();
    return state.waited().compareTo(wish.patience()) < 0
        ? new FlowStep.Continue(state.lookedInVain(PROVER), PROVER)
        : new FlowStep.Parked(state, LATER, blocked.reason());
  }

  private void tidyUp(CertificateWish wish, FlowState state) {
    try {
      if (state.order().isPresent()) {
        flow.withdrawKnown(wish, state.order().get());
      }
    } catch (IOException | RuntimeException e) {
      log.warn(
          "What was presented for {} could not be taken away: {}. It stays until somebody removes it.",
          wish,
          PlainText.message(e.toString()));
    }
  }

  @FunctionalInterface
  private interface Step {
    FlowStep take(CertificateWish wish, FlowState state) throws AcmeException, IOException;
  }
}
