package io.autotls.tomcat.internal;

import io.autotls.solver.http.HttpAnswer;
import io.autotls.solver.http.PlainPort;
import io.autotls.solver.http.PlainRequest;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.coyote.ActionCode;
import org.apache.coyote.Adapter;
import org.apache.coyote.AsyncContextCallback;
import org.apache.coyote.Request;
import org.apache.coyote.Response;
import org.apache.tomcat.util.net.SocketEvent;

/**
 * Stands between the connector and the engine. Here no host, context, valve or filter has seen the
 * request yet, so that challenges are answered even while nothing is deployed.
 */
final class HttpPortAdapter implements Adapter {
  /** Where a request notes what it waits for; Tomcat leaves the last ones to others. */
  private static final int NOTE = 31;

  private final Adapter engine;
  private final PlainPort port;

  HttpPortAdapter(Adapter engine, PlainPort port) {
    this.engine = engine;
    this.port = port;
  }

  @Override
  public void service(Request request, Response response) throws Exception {
    request.setNote(NOTE, null);
    Optional<CompletionStage<HttpAnswer>> answer =
        response.getStatus() < 400 ? port.answer(new Asked(request)) : refused(response);
    if (answer.isEmpty()) {
      engine.service(request, response);
      return;
    }
    CompletableFuture<HttpAnswer> said = answer.get().toCompletableFuture();
    if (said.isDone()) {
      write(said.join(), response);
      request.updateCounters();
    } else {
      await(said, request, response);
    }
  }

  /**
   * Tomcat has refused the request already: it has two hosts, or is of a version that nobody knows.
   * That stays, and on a port of our own no valve of the application makes something else of it.
   */
  private Optional<CompletionStage<HttpAnswer>> refused(Response response) {
    return port.isOurs()
        ? Optional.of(
            CompletableFuture.completedFuture(
                new HttpAnswer(response.getStatus(), "text/plain", Map.of(), "")))
        : Optional.empty();
  }

  /** Frees the thread until the answer is there; Tomcat then calls {@link #asyncDispatch}. */
  private static void await(
      CompletableFuture<HttpAnswer> answer, Request request, Response response) {
    request.setNote(NOTE, new Pending(answer));
    response.action(ActionCode.ASYNC_START, NOBODY_ELSE);
    answer.whenComplete((said, failure) -> request.action(ActionCode.ASYNC_COMPLETE, null));
  }

  @Override
  public boolean asyncDispatch(Request request, Response response, SocketEvent status)
      throws Exception {
    if (!(request.getNote(NOTE) instanceof Pending pending)) {
      return engine.asyncDispatch(request, response, status);
    }
    if (pending.answer.isDone() && !pending.written) { // Tomcat calls a last time at the end
      pending.written = true;
      write(pending.answer.join(), response);
    }
    return status != SocketEvent.ERROR && status != SocketEvent.DISCONNECT;
  }

  private static void write(HttpAnswer answer, Response response) throws Exception {
    byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
    response.setStatus(answer.status());
    response.setContentType(answer.contentType());
    answer.headers().forEach(response::setHeader);
    response.setContentLength(body.length);
    if (body.length > 0) {
      response.doWrite(ByteBuffer.wrap(body));
    }
    response.action(ActionCode.CLOSE, null);
  }

  /** An answer that is not there yet. Tomcat lets one thread at a time work on a request. */
  private static final class Pending {
    private final CompletableFuture<HttpAnswer> answer;
    private boolean written;

    private Pending(CompletableFuture<HttpAnswer> answer) {
      this.answer = answer;
    }
  }

  /** No servlet takes part in this. */
  private static final AsyncContextCallback NOBODY_ELSE =
      new AsyncContextCallback() {
        @Override
        public void fireOnComplete() {}

        @Override
        public boolean isAvailable() {
          return true;
        }

        @Override
        public void incrementInProgressAsyncCount() {}

        @Override
        public void decrementInProgressAsyncCount() {}
      };

  /** A request of Tomcat. */
  private record Asked(Request request) implements PlainRequest {
    @Override
    public String method() {
      return Objects.requireNonNullElse(request.getMethod(), "");
    }

    @Override
    public String path() {
      return Objects.requireNonNullElse(request.requestURI().toString(), "");
    }

    @Override
    public Optional<String> query() {
      return Optional.ofNullable(request.queryString().toString());
    }

    @Override
    public Optional<String> header(String name) {
      return Optional.ofNullable(request.getHeader(name));
    }
  }

  @Override
  public boolean prepare(Request request, Response response) throws Exception {
    return engine.prepare(request, response);
  }

  @Override
  public void log(Request request, Response response, long time) {
    engine.log(request, response, time);
  }

  @Override
  public void checkRecycled(Request request, Response response) {
    engine.checkRecycled(request, response);
  }

  @Override
  public String getDomain() {
    return engine.getDomain();
  }
}
