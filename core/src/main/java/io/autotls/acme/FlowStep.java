package io.autotls.acme;

import java.time.Duration;

/** What a step of an {@link OrderFlow} came to. */
public sealed interface FlowStep {
  /**
   * There is more to do: remember {@code state}, and come back after {@code delay}, but not before.
   *
   * @param delay zero for at once
   */
  record Continue(FlowState state, Duration delay) implements FlowStep {}

  /**
   * The CA has had no news for long, and asks for patience; or the {@link Prover} does. Keep the
   * order: come back with {@code state} after {@code delay}, or whenever it suits later than that,
   * and never order again meanwhile.
   *
   * @param reason what is waited for, for people
   */
  record Parked(FlowState state, Duration delay, String reason) implements FlowStep {}

  /**
   * The {@link Prover} cannot answer now. The CA was told nothing, and no state is new: come back
   * with {@code state}, which is the one that was handed in, when the prover can.
   *
   * @param reason what is missing, for people
   */
  record Blocked(FlowState state, String reason) implements FlowStep {}

  /** The certificate is there, and has been checked. */
  record Issued(CertificateChain chain) implements FlowStep {}
}
