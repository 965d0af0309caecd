package io.autotls.internal.issuer;

import io.autotls.acme.FlowState;
import io.autotls.acme.FlowState.Phase;
import io.autotls.spi.IssuanceStage;
import io.autotls.spi.Progress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What an ACME issuance remembers between two steps: where its order is, and whether its account
 * had to be found again. Immutable; stored as text.
 *
 * @param flow null before the solvers were found to be ready
 * @param account whether this attempt has lost its account once
 */
record AcmeState(@Nullable FlowState flow, AccountMemory account) {
  private static final String ACCOUNT = "account";

  /** What is known of the account. */
  enum AccountMemory {
    /** It is there, as far as one knows. */
    KNOWN,
    /** The CA had forgotten it; if it does so again, something is wrong that we cannot mend. */
    FOUND_AGAIN
  }

  static AcmeState first() {
    return new AcmeState(null, AccountMemory.KNOWN);
  }

  /** Reads what {@link #after} wrote; anything else is a beginning. */
  static AcmeState of(Map<String, String> map) {
    AccountMemory account =
        map.containsKey(ACCOUNT) ? AccountMemory.FOUND_AGAIN : AccountMemory.KNOWN;
    return new AcmeState(FlowState.of(map).orElse(null), account);
  }

  boolean hasOrder() {
    return flow != null && flow.order().isPresent();
  }

  AcmeState with(@Nullable FlowState next) {
    return new AcmeState(next, account);
  }

  AcmeState withAccountFoundAgain() {
    return new AcmeState(FlowState.begin(), AccountMemory.FOUND_AGAIN);
  }

  Progress after(Duration delay) {
    boolean settles = flow != null && flow.phase() == Phase.SETTLE;
    return new Progress.Continue(
        toMap(), stage(), delay, settles ? Progress.Asks.SOLVERS : Progress.Asks.ISSUER);
  }

  private Map<String, String> toMap() {
    Map<String, String> map = new LinkedHashMap<>();
    if (flow != null) {
      map.putAll(flow.toMap());
    }
    if (account == AccountMemory.FOUND_AGAIN) {
      map.put(ACCOUNT, "found again");
    }
    return map;
  }

  private IssuanceStage stage() {
    if (flow == null) {
      return IssuanceStage.PREPARING;
    }
    return switch (flow.phase()) {
      case ORDER -> IssuanceStage.ORDERING;
      case AUTHORIZE -> IssuanceStage.ANSWERING;
      case SETTLE -> IssuanceStage.SETTLING;
      case TRIGGER -> IssuanceStage.TRIGGERING;
      case VALIDATE -> IssuanceStage.VALIDATING;
      case FINALIZE -> IssuanceStage.REQUESTING;
      case POLL -> IssuanceStage.SIGNING;
      case DOWNLOAD -> IssuanceStage.DOWNLOADING;
    };
  }
}
