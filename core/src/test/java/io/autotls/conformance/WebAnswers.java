package io.autotls.conformance;

import io.autotls.acme.AcmeChallenge;
import io.autotls.acme.Authorization;
import io.autotls.acme.Proof;
import io.autotls.acme.ProofVisibility;
import io.autotls.acme.Prover;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import mockwebserver3.Dispatcher;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;

/** A web server that answers HTTP-01 for every name, and remembers what it was told. */
final class WebAnswers extends Dispatcher implements Prover, AutoCloseable {
  private static final String PREFIX = "/.well-known/acme-challenge/";

  private final MockWebServer server = new MockWebServer();
  private final Map<String, String> answers = new ConcurrentHashMap<>(); // by token
  private final List<Proof> presented = new ArrayList<>();
  private boolean broken;

  private WebAnswers() {}

  /** On a free port. */
  static WebAnswers listen() {
    return listen(0);
  }

  static WebAnswers listen(int port) {
    WebAnswers answers = new WebAnswers();
    answers.server.setDispatcher(answers);
    try {
      answers.server.start(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return answers;
  }

  int port() {
    return server.getPort();
  }

  /** From now on nothing can be put in place. */
  void breakDown() {
    broken = true;
  }

  /** Puts an answer in place by hand. */
  void answer(String token, String keyAuthorization) {
    answers.put(token, keyAuthorization);
  }

  /** How often an answer was put in place. */
  synchronized List<Proof> presented() {
    return List.copyOf(presented);
  }

  /** Whether all answers were taken away. */
  boolean areGone() {
    return answers.isEmpty();
  }

  @Override
  public Optional<AcmeChallenge> choose(Authorization authorization) {
    return Prover.ofType(authorization, "http-01");
  }

  @Override
  public synchronized ProofVisibility present(List<Proof> proofs) throws IOException {
    if (broken) {
      throw new IOException("the disk is full");
    }
    for (Proof proof : proofs) {
      presented.add(proof);
      answers.put(proof.token().orElseThrow(), proof.keyAuthorization());
    }
    return ProofVisibility.visible();
  }

  @Override
  public void withdraw(List<Proof> proofs) {
    proofs.forEach(proof -> proof.token().ifPresent(answers::remove));
  }

  @Override
  public MockResponse dispatch(RecordedRequest request) {
    String path = request.getTarget();
    String answer = path.startsWith(PREFIX) ? answers.get(path.substring(PREFIX.length())) : null;
    return answer == null
        ? new MockResponse.Builder().code(404).build()
        : new MockResponse.Builder().body(answer).build();
  }

  @Override
  public void close() {
    server.close();
  }
}
