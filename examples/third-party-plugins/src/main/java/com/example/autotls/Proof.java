package com.example.autotls;

import io.autotls.spi.Challenge;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;

/** Asks for proof of control of a name, as the CA of the house wants it. */
final class Proof {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Optional<Integer> localPort;
  private final HttpClient client = HttpClient.newBuilder().connectTimeout(PATIENCE).build();

  Proof(Optional<Integer> localPort) {
    this.localPort = localPort;
  }

  /** Returns if the answer to the challenge can be read under its name. */
  void demand(Challenge challenge) throws IOException {
    String host = localPort.map(port -> "127.0.0.1:" + port).orElse(challenge.identifier());
    URI url =
        URI.create(
            "http://" + host + "/.well-known/acme-challenge/" + challenge.token().orElseThrow());
    try {
      HttpResponse<String> answer =
          client.send(
              HttpRequest.newBuilder(url).timeout(PATIENCE).build(),
              HttpResponse.BodyHandlers.ofString());
      if (answer.statusCode() != 200 || !answer.body().equals(challenge.keyAuthorization())) {
        throw new IOException(host + " answered " + answer.statusCode() + ", and no proof");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }
}
