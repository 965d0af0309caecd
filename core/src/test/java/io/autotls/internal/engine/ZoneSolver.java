package io.autotls.internal.engine;

import io.autotls.spi.Challenge;
import io.autotls.testing.ReadySolver;
import io.autotls.testing.ca.TestDns;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** Answers dns-01 in a zone, as an account at a provider of DNS may. */
final class ZoneSolver extends ReadySolver {
  private final TestDns zone;
  private final List<String> presented = new ArrayList<>();

  ZoneSolver(TestDns zone) {
    this.zone = zone;
  }

  /** For which names it was asked to answer. */
  List<String> presented() {
    return presented;
  }

  @Override
  public String type() {
    return "dns-01";
  }

  @Override
  public void present(Challenge challenge) {
    presented.add(challenge.identifier());
    zone.addTxt(name(challenge), value(challenge));
  }

  @Override
  public void cleanUp(Challenge challenge) {
    zone.removeTxt(name(challenge), value(challenge));
  }

  private static String name(Challenge challenge) {
    return "_acme-challenge." + challenge.identifier();
  }

  /** RFC 8555 §8.4. */
  private static String value(Challenge challenge) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256")
              .digest(challenge.keyAuthorization().getBytes(StandardCharsets.US_ASCII));
      return Base64.getUrlEncoder().withoutPadding().encodeToString(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
