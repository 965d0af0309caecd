package io.autotls.internal.engine;

import io.autotls.spi.Challenge;
import io.autotls.spi.Visibility;
import io.autotls.testing.ReadySolver;
import io.autotls.testing.ca.TestDns;
import java.io.IOException;
import java.util.ArrayList;
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
  public Visibility present(List<Challenge> challenges) throws IOException {
    for (Challenge challenge : challenges) {
      presented.add(challenge.identifier());
      zone.addTxt(name(challenge), challenge.dnsValue());
    }
    return Visibility.visible();
  }

  @Override
  public void cleanUp(List<Challenge> challenges) throws IOException {
    challenges.forEach(challenge -> zone.removeTxt(name(challenge), challenge.dnsValue()));
  }

  private static String name(Challenge challenge) {
    return "_acme-challenge." + challenge.identifier();
  }
}
