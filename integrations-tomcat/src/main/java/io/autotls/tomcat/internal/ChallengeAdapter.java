package io.autotls.tomcat.internal;

import io.autotls.solver.http.Http01Solver;
import io.autotls.solver.http.HttpAnswer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.IntSupplier;
import org.apache.coyote.ActionCode;
import org.apache.coyote.Adapter;
import org.apache.coyote.Request;
import org.apache.coyote.Response;
import org.apache.tomcat.util.net.SocketEvent;
import org.jspecify.annotations.Nullable;

/**
 * Stands between a connector and everything that it leads to: hosts, contexts, filters. So no
 * redirect and no filter can hide an answer from the CA, and no context is needed for one.
 */
public final class ChallengeAdapter implements Adapter {
  private final Adapter application;
  private final @Nullable Http01Solver solver; // null if HTTP-01 is not used
  private final @Nullable IntSupplier
      redirectTo; // null: everything else goes on to the application

  /** Puts itself before {@code application}. */
  public ChallengeAdapter(
      Adapter application, @Nullable Http01Solver solver, @Nullable IntSupplier redirectTo) {
    this.application = application;
    this.solver = solver;
    this.redirectTo = redirectTo;
  }

  @Override
  public void service(Request request, Response response) throws Exception {
    Optional<HttpAnswer> answer = answer(request);
    if (answer.isEmpty()) {
      application.service(request, response);
      return;
    }
    write(answer.get(), response);
    request.updateCounters();
  }

  private Optional<HttpAnswer> answer(Request request) {
    String method = request.getMethod();
    String path = request.requestURI().toString();
    Optional<HttpAnswer> answer = solver == null ? Optional.empty() : solver.respond(method, path);
    if (answer.isPresent() || redirectTo == null) {
      return answer;
    }
    String query = request.queryString().isNull() ? "" : "?" + request.queryString();
    return Optional.of(
        Http01Solver.redirect(
            method, request.getHeader("Host"), path + query, redirectTo.getAsInt()));
  }

  private static void write(HttpAnswer answer, Response response) throws Exception {
    byte[] body = answer.body().getBytes(StandardCharsets.US_ASCII);
    response.setStatus(answer.status());
    response.setContentType(answer.contentType());
    answer.headers().forEach(response::setHeader);
    response.setContentLength(body.length);
    response.doWrite(java.nio.ByteBuffer.wrap(body));
    response.action(ActionCode.CLOSE, null);
  }

  @Override
  public boolean prepare(Request request, Response response) throws Exception {
    return application.prepare(request, response);
  }

  @Override
  public boolean asyncDispatch(Request request, Response response, SocketEvent status)
      throws Exception {
    return application.asyncDispatch(request, response, status);
  }

  @Override
  public void log(Request request, Response response, long time) {
    application.log(request, response, time);
  }

  @Override
  public void checkRecycled(Request request, Response response) {
    application.checkRecycled(request, response);
  }

  @Override
  public String getDomain() {
    return application.getDomain();
  }
}
