package io.autotls.testing.ca.internal.http;

/** Turns a request into what happens on its connection. Called by many threads. */
@FunctionalInterface
public interface HttpHandler {
  /** What happens to the connection. */
  sealed interface Outcome {}

  /** The response is sent as it is. */
  record Answer(HttpResponse response) implements Outcome {}

  /** The response announces its length, but the connection breaks after some bytes of the body. */
  record CutAnswer(HttpResponse response, int bodyBytes) implements Outcome {}

  /** The connection is reset without a word. */
  record Reset() implements Outcome {}

  Outcome handle(HttpRequest request) throws InterruptedException;
}
