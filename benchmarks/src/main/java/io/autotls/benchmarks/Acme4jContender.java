package io.autotls.benchmarks;

import java.net.URI;
import java.security.KeyPair;
import java.security.Security;
import java.time.Duration;
import java.util.List;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.shredzone.acme4j.Account;
import org.shredzone.acme4j.AccountBuilder;
import org.shredzone.acme4j.Authorization;
import org.shredzone.acme4j.Order;
import org.shredzone.acme4j.Session;
import org.shredzone.acme4j.Status;
import org.shredzone.acme4j.challenge.Http01Challenge;
import org.shredzone.acme4j.exception.AcmeException;
import org.shredzone.acme4j.util.KeyPairUtils;

/**
 * acme4j, used as its documentation shows: authorizations one after the other, then the order.
 * Everything that it waits for goes by its own defaults.
 */
final class Acme4jContender implements Contender {
  private static final Duration TIMEOUT = Duration.ofMinutes(5);

  private final URI directory;
  private final ChallengeAnswers answers;
  private Account account;

  Acme4jContender(URI directory, ChallengeAnswers answers) {
    Security.addProvider(new BouncyCastleProvider()); // it finds its algorithms there only
    this.directory = directory;
    this.answers = answers;
  }

  @Override
  public void register() throws AcmeException {
    account =
        new AccountBuilder()
            .agreeToTermsOfService()
            .useKeyPair(KeyPairUtils.createECKeyPair("secp256r1"))
            .create(new Session(directory));
  }

  @Override
  public void obtain(List<String> names) throws AcmeException, InterruptedException {
    KeyPair key = KeyPairUtils.createECKeyPair("secp256r1");
    Order order = account.newOrder().domains(names).create();
    for (Authorization authorization : order.getAuthorizations()) {
      authorize(authorization);
    }
    expect(Status.READY, order.waitUntilReady(TIMEOUT));
    order.execute(key);
    expect(Status.VALID, order.waitForCompletion(TIMEOUT));
    order.getCertificate().download();
  }

  private void authorize(Authorization authorization) throws AcmeException, InterruptedException {
    if (authorization.getStatus() == Status.VALID) {
      return;
    }
    Http01Challenge challenge = authorization.findChallenge(Http01Challenge.class).orElseThrow();
    answers.put(challenge.getToken(), challenge.getAuthorization());
    try {
      challenge.trigger();
      expect(Status.VALID, challenge.waitForCompletion(TIMEOUT));
    } finally {
      answers.remove(challenge.getToken());
    }
  }

  private static void expect(Status wanted, Status actual) throws AcmeException {
    if (actual != wanted) {
      throw new AcmeException("expected " + wanted + ", got " + actual);
    }
  }

  @Override
  public void close() {
    // It offers no way to.
  }
}
