package io.autotls.solver.tlsalpn.internal;

import io.autotls.spi.Challenge;
import io.autotls.tls.Credential;
import io.autotls.tls.IpAddress;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Answers challenges that another node began: a load balancer sends the CA to any of them. Keeps
 * the last few certificates it made, since a CA looks from several places at the same time.
 */
public final class OtherNodes {
  private static final int KEPT = 64;

  private final Function<String, Optional<Challenge>> challenges;
  private final Function<Challenge, @Nullable Credential> presentedHere;
  private final InstantSource clock;
  private final SecureRandom random;
  private final Map<String, Answer> answers = new LinkedHashMap<>(); // guarded by this

  private record Answer(byte[] digest, Credential credential) {}

  /**
   * Begins with no answers.
   *
   * @param challenges finds the challenge that is under way for an identifier, on any node
   * @param presentedHere the certificate for a challenge of this node; null for any other
   */
  public OtherNodes(
      Function<String, Optional<Challenge>> challenges,
      Function<Challenge, @Nullable Credential> presentedHere,
      InstantSource clock,
      SecureRandom random) {
    this.challenges = challenges;
    this.presentedHere = presentedHere;
    this.clock = clock;
    this.random = random;
  }

  /** The certificate for a name in SNI, or null if no node has a challenge for it. */
  public @Nullable Credential find(String serverName) {
    String identifier =
        IpAddress.parseReverseName(serverName).map(IpAddress::toString).orElse(serverName);
    Challenge challenge = challenges.apply(identifier).orElse(null);
    if (challenge == null) {
      return null;
    }
    Credential ours = presentedHere.apply(challenge);
    return ours != null ? ours : answer(identifier, challenge);
  }

  private synchronized Credential answer(String identifier, Challenge challenge) {
    byte[] digest = ChallengeCertificate.digest(challenge.keyAuthorization());
    Answer known = answers.remove(identifier);
    Answer answer =
        known != null && MessageDigest.isEqual(known.digest(), digest)
            ? known
            : new Answer(
                digest, ChallengeCertificate.create(identifier, digest, clock.instant(), random));
    answers.put(identifier, answer);
    if (answers.size() > KEPT) {
      answers.remove(answers.keySet().iterator().next());
    }
    return answer.credential();
  }
}
