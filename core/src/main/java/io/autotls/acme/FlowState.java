package io.autotls.acme;

import java.net.URI;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What has to be remembered between two steps of an {@link OrderFlow}. Immutable; has a form for
 * storage. Of time it knows only how long was waited, so neither restarts nor clocks that are set
 * confuse it.
 */
public final class FlowState {
  /** The steps, in order. */
  public enum Phase {
    /** Make the order (RFC 8555 §7.4). */
    ORDER,
    /**
     * Choose challenges and put the answers in place; and if they can be seen at once, tell the CA
     * to look (§7.5.1).
     */
    AUTHORIZE,
    /** Wait until the answers can be seen. Asks the {@link Prover} and nobody else. */
    SETTLE,
    /** Tell the CA to look at answers that were settled. */
    TRIGGER,
    /** Wait until the CA has looked. */
    VALIDATE,
    /** Send the CSR (§7.4). */
    FINALIZE,
    /** Wait until the CA has signed. */
    POLL,
    /** Fetch the certificate (§7.4.2). */
    DOWNLOAD
  }

  private static final Duration MAX_WAITED = Duration.ofDays(3650);

  private final Phase phase;
  private final @Nullable URI order; // null in ORDER
  private final Duration waited;
  private final int looks;
  private final int failures;
  private final Answers answers;

  /** Which answers were put in place; none if that was done and told to the CA in one step. */
  record Answers(List<ProofKey> keys, Extent extent) {
    static final Answers NONE = new Answers(List.of(), Extent.ALL);

    Answers {
      keys = List.copyOf(keys);
    }
  }

  /** How many of an order's challenges were answered. */
  enum Extent {
    /** All that are pending. */
    ALL,
    /** Some: the others need the same places, and come after them. */
    PART
  }

  private FlowState(
      Phase phase, @Nullable URI order, Duration waited, int looks, int failures, Answers answers) {
    this.phase = phase;
    this.order = order;
    this.waited = waited;
    this.looks = looks;
    this.failures = failures;
    this.answers = answers;
  }

  /** Before the first step. */
  public static FlowState begin() {
    return new FlowState(Phase.ORDER, null, Duration.ZERO, 0, 0, Answers.NONE);
  }

  /** An order that exists, wherever it stands: the first step finds out. */
  public static FlowState ofOrder(URI order) {
    return new FlowState(Phase.AUTHORIZE, order, Duration.ZERO, 0, 0, Answers.NONE);
  }

  /** Reads what {@link #toMap} wrote; empty if it is something else. */
  public static Optional<FlowState> of(Map<String, String> map) {
    String phase = map.get("phase");
    if (phase == null) {
      return Optional.empty();
    }
    try {
      String order = map.get("order");
      FlowState state =
          new FlowState(
              Phase.valueOf(phase),
              order == null ? null : URI.create(order),
              Duration.parse(map.getOrDefault("waited", "PT0S")),
              Integer.parseInt(map.getOrDefault("looks", "0")),
              Integer.parseInt(map.getOrDefault("failures", "0")),
              answers(map));
      return state.isSane() ? Optional.of(state) : Optional.empty();
    } catch (IllegalArgumentException | DateTimeParseException e) {
      return Optional.empty();
    }
  }

  private static Answers answers(Map<String, String> map) {
    String keys = map.get("answers");
    return keys == null
        ? Answers.NONE
        : new Answers(
            ProofKey.parse(keys), Extent.valueOf(map.getOrDefault("extent", Extent.ALL.name())));
  }

  /** What comes from a storage may have been written by anybody. */
  private boolean isSane() {
    boolean complete = order == null ? phase == Phase.ORDER : Urls.isHttps(order);
    boolean plausible = !waited.isNegative() && waited.compareTo(MAX_WAITED) < 0;
    boolean answered =
        (phase != Phase.SETTLE && phase != Phase.TRIGGER) || !answers.keys().isEmpty();
    return complete && plausible && answered && looks >= 0 && failures >= 0;
  }

  /** The form for storage: a few short strings, none of them secret. */
  public Map<String, String> toMap() {
    Map<String, String> map = new LinkedHashMap<>();
    map.put("phase", phase.name());
    if (order != null) {
      map.put("order", order.toString());
    }
    if (!waited.isZero()) {
      map.put("waited", waited.toString());
    }
    if (looks > 0) {
      map.put("looks", Integer.toString(looks));
    }
    if (failures > 0) {
      map.put("failures", Integer.toString(failures));
    }
    if (!answers.keys().isEmpty()) {
      map.put("answers", ProofKey.toText(answers.keys()));
    }
    if (answers.extent() == Extent.PART) {
      map.put("extent", answers.extent().name());
    }
    return map;
  }

  /** The next step. */
  public Phase phase() {
    return phase;
  }

  /** The order's URL; empty before there is an order. */
  public Optional<URI> order() {
    return Optional.ofNullable(order);
  }

  /** How long this phase has waited for the CA, or for the answers to be seen. */
  public Duration waited() {
    return waited;
  }

  /**
   * The types of the challenges whose answers are in place, as far as they had to settle; in no
   * particular order.
   */
  public Set<String> answeredTypes() {
    return answers.keys().stream().map(ProofKey::type).collect(Collectors.toSet());
  }

  Answers answers() {
    return answers;
  }

  /** How often in a row this step has failed. */
  public int failures() {
    return failures;
  }

  int looks() {
    return looks;
  }

  URI requiredOrder() {
    if (order == null) {
      throw new IllegalStateException("there is no order yet");
    }
    return order;
  }

  FlowState withOrder(URI url) {
    return new FlowState(phase, url, waited, looks, failures, answers);
  }

  FlowState withAnswers(Answers answers) {
    return new FlowState(phase, order, waited, looks, failures, answers);
  }

  /** Goes on. Who goes back, because the CA changed its mind, has waited as long as before. */
  FlowState enter(Phase next) {
    boolean forward = next.compareTo(phase) > 0;
    return new FlowState(
        next, order, forward ? Duration.ZERO : waited, forward ? 0 : looks, 0, answers);
  }

  /** Goes back for the challenges that had to wait for those which are valid now. */
  FlowState answerTheRest() {
    return new FlowState(Phase.AUTHORIZE, order, Duration.ZERO, 0, 0, Answers.NONE);
  }

  FlowState lookedInVain(Duration pause) {
    return new FlowState(phase, order, waited.plus(pause), looks + 1, 0, answers);
  }

  FlowState failed(Duration pause) {
    return new FlowState(phase, order, waited.plus(pause), looks, failures + 1, answers);
  }

  /** Phase and order. */
  @Override
  public String toString() {
    return "FlowState[" + phase + (order == null ? "" : ", " + Urls.withoutQuery(order)) + "]";
  }
}
