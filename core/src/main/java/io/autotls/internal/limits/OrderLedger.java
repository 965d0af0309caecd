package io.autotls.internal.limits;

import io.autotls.spi.Issuance;
import io.autotls.spi.Issuer;
import io.autotls.spi.IssuerException;
import io.autotls.spi.IssuerException.Reaction;
import io.autotls.spi.Key;
import io.autotls.spi.OrderLimits.Rule;
import io.autotls.spi.Storage;
import io.autotls.spi.TimeSource;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What was ordered from each account at each issuer, shared by all nodes through the storage, and
 * asked before each order, so that a crash loop or a thousand new names cannot use up what the
 * issuer allows.
 *
 * <p>The limits are leaky buckets, as those of Let's Encrypt are: {@code most} orders fit at once,
 * and the room comes back evenly. A tenth of an account's bucket ({@link Bucket#RESERVE_DIVISOR})
 * is kept for renewals. One entry holds an account, {@code limits/<issuer id>/<account>}; see
 * {@link Levels} for its size and {@link AccountLedger} for clocks that jump.
 *
 * <p>The ledger writes before the order goes out; the issuer counts when it comes in. Where two
 * orders race on the way it may still refuse one, and then its own Retry-After counts. An order
 * that was written down and then not made counts as made.
 *
 * <p>One for each {@code AutoTls}; safe for use by many threads.
 */
public final class OrderLedger {
  private static final Logger log = LoggerFactory.getLogger(OrderLedger.class);

  private final Storage storage;
  private final TimeSource time;
  private final Consumer<Duration> read;
  private final Map<Key, AccountLedger> accounts = new ConcurrentHashMap<>();

  /**
   * A ledger in that storage.
   *
   * @param read hears, of each entry that another node wrote, how far in our future that was, by
   *     its clock
   */
  public OrderLedger(Storage storage, TimeSource time, Consumer<Duration> read) {
    this.storage = storage;
    this.time = time;
    this.read = read;
  }

  /**
   * Writes down an order that is about to be made, if the limits of the issuer leave room for it.
   *
   * @throws IssuerException if they do not: wait, and ask again after its {@code retryAfter}
   * @throws IOException if the storage failed; then nothing may be ordered
   */
  public void admit(Issuer issuer, Issuance work) throws IssuerException, IOException {
    List<Rule> rules = issuer.limits().rules();
    List<Bucket> buckets = Bucket.of(rules, work.names(), work.reason());
    if (buckets.isEmpty()) {
      return;
    }
    Optional<AccountLedger.Refusal> refusal =
        account(issuer).admit(rules, buckets, work.names(), work.reason());
    if (refusal.isPresent()) {
      throw refused(refusal.get());
    }
  }

  /**
   * Writes down that the validation of a name failed. Never throws: a note that is lost is made up
   * for by the issuer's own refusal.
   */
  public void validationFailed(Issuer issuer, String name) {
    List<Rule> rules = issuer.limits().rules();
    List<Bucket> buckets = Bucket.ofFailure(rules, name);
    if (buckets.isEmpty()) {
      return;
    }
    try {
      account(issuer).note(rules, buckets);
    } catch (IOException e) {
      log.debug("cannot note the failed validation of {}", name, e);
    }
  }

  private AccountLedger account(Issuer issuer) {
    return accounts.computeIfAbsent(
        Key.ofSegments("limits", issuer.id(), issuer.account()),
        key -> new AccountLedger(storage, time, key, read));
  }

  private IssuerException refused(AccountLedger.Refusal refusal) {
    Bucket bucket = refusal.bucket();
    Duration wait = Duration.ofMillis(refusal.waitMillis());
    Instant notBefore = time.instant().plus(wait).plusMillis(999).truncatedTo(ChronoUnit.SECONDS);
    return new IssuerException(
        Reaction.WAIT,
        "not asked, since it would refuse: it allows "
            + bucket.inWords()
            + ", and the ledger has no room for this order before "
            + notBefore
            + "; there is room for one more every "
            + Bucket.inWords(Duration.ofMillis(bucket.interval()))
            + ".",
        "nothing; or add a second issuer with AutoTls.builder().issuer(…) or autotls.ca.",
        wait,
        null);
  }
}
