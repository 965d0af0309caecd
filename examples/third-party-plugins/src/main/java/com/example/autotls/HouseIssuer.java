package com.example.autotls;

import io.autotls.spi.Challenge;
import io.autotls.spi.ChallengeSolver;
import io.autotls.spi.Issuance;
import io.autotls.spi.IssuanceStage;
import io.autotls.spi.Issuer;
import io.autotls.spi.IssuerContext;
import io.autotls.spi.IssuerException;
import io.autotls.spi.Progress;
import io.autotls.spi.Readiness;
import io.autotls.spi.Visibility;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Signs for names whose control is proven by HTTP-01, in two steps: it makes a token for each name,
 * which AutoTls stores; then it answers, asks, and signs. After a crash the second step begins anew
 * with the same tokens.
 */
final class HouseIssuer implements Issuer {
  private static final String TYPE = "http-01";
  private static final int TOKEN_BYTES = 16;

  /** Beside the tokens in the state; no name looks like that. */
  private static final String PRESENTED = "_presented";

  private final HouseCa ca;
  private final Proof proof;
  private final SecureRandom random = new SecureRandom();
  private volatile @Nullable IssuerContext context; // null until started

  HouseIssuer(HouseCa ca, Proof proof) {
    this.ca = ca;
    this.proof = proof;
  }

  @Override
  public String id() {
    return "house";
  }

  @Override
  public String displayName() {
    return "the CA of the house";
  }

  @Override
  public Trust trust() {
    return Trust.PRIVATE;
  }

  @Override
  public boolean asksForProof() {
    return true;
  }

  @Override
  public void start(IssuerContext context) {
    this.context = context;
  }

  @Override
  public Readiness readiness(List<String> names, Map<String, String> state) {
    return solver().readiness();
  }

  @Override
  public Progress advance(Issuance work) throws IssuerException, IOException {
    if (work.state().isEmpty()) {
      started().admit(work);
      Map<String, String> tokens = new TreeMap<>();
      work.names().forEach(name -> tokens.put(name, token()));
      return new Progress.Continue(tokens, IssuanceStage.VALIDATING, Duration.ZERO);
    }
    Visibility visibility = answered(work);
    if (visibility instanceof Visibility.NotYet notYet) {
      Map<String, String> settling = new TreeMap<>(work.state());
      settling.put(PRESENTED, "yes");
      return new Progress.Continue(
          settling, IssuanceStage.SETTLING, notYet.lookAgain(), Progress.Asks.SOLVERS);
    } else if (visibility instanceof Visibility.Postponed postponed) {
      return new Progress.Continue(work.state(), IssuanceStage.ANSWERING, postponed.tryAgain());
    }
    for (Challenge challenge : challenges(work)) {
      demand(challenge);
    }
    abandon(work);
    return new Progress.Issued(
        ca.sign(
            work.names(),
            work.keyPair().getPublic(),
            started().time().instant().truncatedTo(ChronoUnit.SECONDS)));
  }

  /** AutoTls has the answers stored for all nodes, and its solver present them. */
  private Visibility answered(Issuance work) throws IOException {
    return work.state().containsKey(PRESENTED)
        ? started().settle(work, challenges(work))
        : started().present(work, challenges(work));
  }

  private void demand(Challenge challenge) throws IssuerException {
    try {
      proof.demand(challenge);
    } catch (IOException e) {
      started().validationFailed(challenge.identifier());
      throw new IssuerException(
          IssuerException.Reaction.RETRY_ATTEMPT,
          "no proof of control of " + challenge.identifier() + ": " + e.getMessage() + ".",
          "see that http of that name reaches this process.",
          e);
    }
  }

  private List<Challenge> challenges(Issuance work) {
    return work.state().entrySet().stream()
        .filter(one -> !one.getKey().equals(PRESENTED))
        .map(
            one ->
                Challenge.builder(TYPE, one.getKey())
                    .token(one.getValue(), one.getValue() + ".house")
                    .build())
        .toList();
  }

  private String token() {
    byte[] bytes = new byte[TOKEN_BYTES];
    random.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  /** Takes all answers away; those that are not there are no error. */
  @Override
  public void abandon(Issuance work) throws IOException {
    if (!work.state().isEmpty()) {
      started().cleanUp(work, challenges(work));
    }
  }

  private ChallengeSolver solver() {
    return started().solvers().stream()
        .filter(one -> one.type().equals(TYPE))
        .findFirst()
        .orElseThrow();
  }

  private IssuerContext started() {
    return Objects.requireNonNull(context, "not started");
  }

  @Override
  public void close() {}

  @Override
  public String toString() {
    return displayName();
  }
}
