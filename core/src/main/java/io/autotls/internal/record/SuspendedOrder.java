package io.autotls.internal.record;

import io.autotls.spi.IssuanceStage;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An attempt that was laid aside, because its issuer could not be asked any more and somebody else
 * could. Its order may be as good as finished; so it is kept, and taken up again if that issuer's
 * turn comes, instead of ordering once more. With the next credential, whoever it comes from, the
 * order has lost its use. Immutable.
 *
 * @param key the key to be certified
 * @param state what the issuer wants to remember
 * @param stage what the next step was about; null before the first
 * @param since when it was laid aside
 */
public record SuspendedOrder(
    PendingKey key, Map<String, String> state, @Nullable IssuanceStage stage, Instant since) {
  /** Longer than this no CA keeps an order that is not finished. */
  private static final Duration KEPT = Duration.ofDays(7);

  public SuspendedOrder {
    state = Map.copyOf(state);
  }

  /** The same, laid aside at another time. */
  SuspendedOrder since(Instant other) {
    return new SuspendedOrder(key, state, stage, other);
  }

  boolean isWorthKeeping(Instant now) {
    return now.isBefore(since.plus(KEPT));
  }

  @Override
  public String toString() {
    return "SuspendedOrder[" + stage + ", since " + since + "]"; // never the key
  }
}
