package io.autotls.spi;

import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * Answers one type of challenge.
 *
 * <p>One solver belongs to one {@code AutoTls} and is safe for use by many threads. AutoTls first
 * {@link #start starts} it, and asks whether it is {@link #readiness ready} before it orders
 * anything. Then an order goes through three phases, each of them stored, and nothing is held
 * between them: no thread, no lease, no turn at the CA.
 *
 * <ol>
 *   <li>All its answers are {@linkplain #present presented}, in one call for each solver.
 *   <li>If some cannot be seen everywhere yet, the solver says when to look again, and is asked
 *       then whether they have {@linkplain #settle settled}, until they have.
 *   <li>The CA is told to look. When the challenge is over, however it ended, the answers are
 *       {@linkplain #cleanUp cleaned up}.
 * </ol>
 *
 * <p>Any of these calls may be repeated, after a crash too, and come from another node than the one
 * that presented: they must be idempotent, and go by the {@link Challenge} alone. They may block
 * for I/O, and must return or throw within a bounded time: an order waits for them. What is left
 * behind by a crash is cleaned up by any node, within a day; a solver whose answers stay somewhere
 * after its process has ended keeps a {@linkplain SolverContext#journal journal} of them.
 *
 * <p>A solver for a provider of DNS:
 *
 * <pre>{@code
 * public final class ExampleDns implements ChallengeSolver {
 *   private SolverContext context;
 *
 *   public String type() {
 *     return "dns-01";
 *   }
 *
 *   public boolean supports(String identifier, boolean wildcard) {
 *     return identifier.endsWith(".example.com");
 *   }
 *
 *   public void start(SolverContext context) {
 *     this.context = context;
 *   }
 *
 *   public Readiness readiness() {
 *     return Readiness.ready();
 *   }
 *
 *   public Visibility present(List<Challenge> challenges) throws IOException {
 *     for (Challenge challenge : challenges) {
 *       context.journal().write(challenge, Map.of("zone", "example.com")); // before it is there
 *       zone.addTxt("_acme-challenge." + challenge.identifier(), challenge.dnsValue());
 *     }
 *     return Visibility.notYet(Duration.ofSeconds(30), "the zone's servers have to follow");
 *   }
 *
 *   public Visibility settle(List<Challenge> challenges) throws IOException {
 *     return zone.isEverywhere(challenges)
 *         ? Visibility.visible()
 *         : Visibility.notYet(Duration.ofSeconds(10), "the zone's servers have to follow");
 *   }
 *
 *   public void cleanUp(List<Challenge> challenges) throws IOException {
 *     for (Challenge challenge : challenges) {
 *       zone.removeTxt("_acme-challenge." + challenge.identifier(), challenge.dnsValue());
 *       context.journal().erase(challenge); // after it is gone
 *     }
 *   }
 *
 *   public void close() {}
 * }
 * }</pre>
 *
 * <p>Values of other orders, nodes and clients may stand at the same name: such a solver adds and
 * removes its own, and leaves the others alone.
 */
public interface ChallengeSolver extends AutoCloseable {
  /** The challenge type that this answers, for example {@code http-01}. */
  String type();

  /**
   * Whether this can prove control of {@code identifier}, a name in A-labels without {@code *.} or
   * an IP address. HTTP-01 and TLS-ALPN-01 cannot prove wildcards (RFC 8555 §8.3, RFC 8737 §3).
   */
  boolean supports(String identifier, boolean wildcard);

  /** Called once, before anything else. */
  void start(SolverContext context);

  /** Whether a challenge could be answered now. Cheap, and does no I/O. */
  Readiness readiness();

  /**
   * The one place that this answer needs for itself. Two answers for the same place wait for each
   * other, be they of one order, of two orders, or of two nodes: the second one is presented after
   * the first was cleaned up. Empty unless overridden: any number of answers can stand beside each
   * other, as TXT records do, and as pages at paths of their own.
   *
   * <p>TLS-ALPN-01 answers for a name, whatever the token is, and a provider of DNS may have room
   * for one value at a name. What is here is also the key by which the answer is {@linkplain
   * SolverContext#challenge found} on other nodes. Cheap, and does no I/O.
   *
   * @return a segment of a storage key, as in {@link Key#ofSegments}
   */
  default Optional<String> place(Challenge challenge) {
    return Optional.empty();
  }

  /**
   * Publishes the answers, and says whether the CA could see them.
   *
   * @param challenges all those of an order that this solver answers, but for those which wait for
   *     their {@linkplain #place place}; never empty
   * @throws IOException if the answers could not be published; what was, is cleaned up or presented
   *     again, and the order is tried again later
   */
  Visibility present(List<Challenge> challenges) throws IOException;

  /**
   * Looks whether what was presented can be seen by now; changes nothing. Called only when {@link
   * #present} said that it cannot be yet, after the time it named, and again until it can; perhaps
   * by another node. Visible unless overridden: a solver that cannot look asks for patience once.
   *
   * <p>After a day the order is given up. Do not wait for what a CA would not wait for: one server
   * that nobody can reach is a reason to let the CA look.
   *
   * @param challenges as for {@link #present}
   * @return never {@link Visibility.Postponed}, which is taken for {@code NotYet}
   * @throws IOException if that could not be found out; it is tried again later
   */
  default Visibility settle(List<Challenge> challenges) throws IOException {
    return Visibility.visible();
  }

  /**
   * Takes the answers away. One that is not there is no error: after a crash nobody knows which
   * ones were presented.
   *
   * @throws IOException if some are still there; they are cleaned up again within a day
   */
  void cleanUp(List<Challenge> challenges) throws IOException;

  /** Ends what {@link #start} began. Closing twice is harmless. */
  @Override
  void close();
}
