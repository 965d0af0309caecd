package io.autotls.acme;

import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import mockwebserver3.Dispatcher;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;

/** Answers http-01 on a real socket. */
final class WebProver implements Prover, AutoCloseable {
  private static final String PREFIX = "/.well-known/acme-challenge/";

  private final MockWebServer web = new MockWebServer();
  private final Map<String, String> answers = new ConcurrentHashMap<>(); // by token
  private final List<Proof> presented = Collections.synchronizedList(new ArrayList<>());
  private final List<Proof> withdrawn = Collections.synchronizedList(new ArrayList<>());
  private volatile boolean lying;

  WebProver() {
    web.setDispatcher(
        new Dispatcher() {
          @Override
          public MockResponse dispatch(RecordedRequest request) {
            String path = request.getTarget();
            String answer =
                path.startsWith(PREFIX) ? answers.get(path.substring(PREFIX.length())) : null;
            return answer == null
                ? new MockResponse.Builder().code(404).build()
                : new MockResponse.Builder().body(answer).build();
          }
        });
    try {
      web.start(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  int port() {
    return web.getPort();
  }

  /** From now on the answers are wrong. */
  void lies() {
    lying = true;
  }

  /** What is there now, by token. */
  Map<String, String> answers() {
    return Map.copyOf(answers);
  }

  /** All that ever was. */
  List<Proof> presented() {
    return List.copyOf(presented);
  }

  /** All that was to be taken away, whether it was there or not. */
  List<Proof> withdrawn() {
    return List.copyOf(withdrawn);
  }

  @Override
  public Optional<AcmeChallenge> choose(Authorization authorization) {
    return Prover.ofType(authorization, "http-01");
  }

  @Override
  public ProofVisibility present(List<Proof> proofs) {
    for (Proof proof : proofs) {
      presented.add(proof);
      answers.put(proof.token().orElseThrow(), lying ? "nonsense" : proof.keyAuthorization());
    }
    return ProofVisibility.visible();
  }

  @Override
  public void withdraw(List<Proof> proofs) {
    withdrawn.addAll(proofs);
    proofs.forEach(proof -> proof.token().ifPresent(answers::remove));
  }

  @Override
  public void close() {
    web.close();
  }
}
