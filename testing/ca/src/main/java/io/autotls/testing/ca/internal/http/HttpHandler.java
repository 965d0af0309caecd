package io.autotls.testing.ca.internal.http;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.function.Supplier;

/** Turns a request into what happens on its connection. Called by many threads. */
@FunctionalInterface
public interface HttpHandler {
  /** What happens to the connection. */
  sealed interface Outcome {}

  /** The response is sent as it is. */
  record Answer(HttpResponse response) implements Outcome {}

  /** The response is sent, and then somebody is told. */
  record ToldAnswer(HttpResponse response, Runnable sent) implements Outcome {}

  /** The response announces its length, but the connection breaks after some bytes of the body. */
  record CutAnswer(HttpResponse response, int bodyBytes) implements Outcome {}

  /** The response is sent twice, one behind the other, though there was one request. */
  record TwiceAnswered(HttpResponse response) implements Outcome {}

  /** Status and headers of the response are sent, then the body as somebody writes it. */
  record StreamedAnswer(HttpResponse response, BodyWriter body) implements Outcome {}

  /** The connection is reset without a word. */
  record Reset() implements Outcome {}

  /** What happens when some time has passed. */
  record Delayed(Duration delay, Supplier<Outcome> outcome) implements Outcome {}

  /** Nothing is sent, and the connection stays open until the server is closed. */
  record Silence() implements Outcome {}

  /** Writes a body in its own time, coded as the headers of the response say. */
  @FunctionalInterface
  interface BodyWriter {
    void write(OutputStream out) throws IOException, InterruptedException;
  }

  Outcome handle(HttpRequest request) throws InterruptedException;
}
