package io.autotls.testing.ca.internal.acme;

import io.autotls.testing.ca.internal.http.HttpHandler.Answer;
import io.autotls.testing.ca.internal.http.HttpHandler.BodyWriter;
import io.autotls.testing.ca.internal.http.HttpHandler.CutAnswer;
import io.autotls.testing.ca.internal.http.HttpHandler.Outcome;
import io.autotls.testing.ca.internal.http.HttpHandler.Silence;
import io.autotls.testing.ca.internal.http.HttpHandler.StreamedAnswer;
import io.autotls.testing.ca.internal.http.HttpHandler.ToldAnswer;
import io.autotls.testing.ca.internal.http.HttpHandler.TwiceAnswered;
import io.autotls.testing.ca.internal.http.HttpRequest;
import io.autotls.testing.ca.internal.http.HttpResponse;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;

/**
 * One request and its answer without a connection, on the thread of the caller. What would break a
 * connection is an exception here.
 */
public final class LocalCall {
  private static final int MAX_BODY = 16 * 1024 * 1024;

  private final FrontDoor door;
  private Duration delay = Duration.ZERO;

  public LocalCall(FrontDoor door) {
    this.door = door;
  }

  /** How long the answer took, so far as a script says. */
  public Duration delay() {
    return delay;
  }

  public HttpResponse answer(HttpRequest request) throws IOException, InterruptedException {
    Outcome outcome = door.handle(request, time -> delay = delay.plus(time));
    if (outcome instanceof Answer answer) {
      return answer.response();
    } else if (outcome instanceof ToldAnswer told) {
      told.sent().run();
      return told.response();
    } else if (outcome instanceof TwiceAnswered twice) {
      return twice.response();
    } else if (outcome instanceof StreamedAnswer streamed) {
      HttpResponse response = streamed.response();
      return new HttpResponse(response.status(), response.headers(), collect(streamed.body()));
    } else if (outcome instanceof CutAnswer) {
      throw new EOFException("the connection was closed inside the body");
    } else if (outcome instanceof Silence) {
      throw new SocketTimeoutException("the CA does not answer");
    }
    throw new SocketException("Connection reset");
  }

  private static byte[] collect(BodyWriter body) throws IOException, InterruptedException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    body.write(
        new OutputStream() {
          @Override
          public void write(int value) throws IOException {
            write(new byte[] {(byte) value}, 0, 1);
          }

          @Override
          public void write(byte[] part, int from, int length) throws IOException {
            if (bytes.size() + length > MAX_BODY) {
              throw new IOException("the body is longer than " + MAX_BODY + " bytes");
            }
            bytes.write(part, from, length);
          }
        });
    return bytes.toByteArray();
  }
}
