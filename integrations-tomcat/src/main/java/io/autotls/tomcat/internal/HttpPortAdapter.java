package io.autotls.tomcat.internal;

import io.autotls.solver.http.Http01Solver;
import io.autotls.solver.http.HttpAnswer;
import java.nio.ByteBuffer;
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
 * Stands between the connector and the engine. Here no host, context, valve or filter has seen the
 * request yet, so that challenges are answered even while nothing is deployed.
 */
final class HttpPortAdapter implements Adapter {
  private final Adapter engine;
  private final @Nullable Http01Solver solver; // null: HTTP-01 is not in use
  private final @Nullable IntSupplier httpsPort; // null: no redirect, the application goes on

  HttpPortAdapter(Adapter engine, @Nullable Http01Solver solver, @Nullable IntSupplier httpsPort) {
    this.engine = engine;
    this.solver = solver;
    this.httpsPort = httpsPort;
  }

  @Override
  public void service(Request request, Response response) throws Exception {
    Optional<HttpAnswer> answer = answer(request);
    if (answer.isPresent()) {
      write(answer.get(), response);
      request.updateCounters();
    } else {
      engine.service(request, response);
    }
  }

  private Optional<HttpAnswer> answer(Request request) {
    String method = request.getMethod();
    String path = request.requestURI().toString();
    if (method == null || path == null) {
      return Optional.empty();
    }
    if (solver != null) {
      Optional<HttpAnswer> answer = solver.respond(method, path);
      if (answer.isPresent()) {
        return answer;
      }
    }
    if (httpsPort == null) {
      return Optional.empty();
    }
    String query = request.queryString().toString();
    String target = query == null ? path : path + "?" + query;
    String host = request.getHeader("Host");
    return Optional.of(Http01Solver.redirect(method, host, target, httpsPort.getAsInt()));
  }

  private static void write(HttpAnswer answer, Response response) throws Exception {
    byte[] body = answer.body().getBytes(StandardCharsets.US_ASCII);
    response.setStatus(answer.status());
    response.setContentType(answer.contentType());
    answer.headers().forEach(response::setHeader);
    response.setContentLength(body.length);
    if (body.length > 0) {
      response.doWrite(ByteBuffer.wrap(body));
    }
    response.action(ActionCode.CLOSE, null);
  }

  @Override
  public boolean prepare(Request request, Response response) throws Exception {
    return engine.prepare(request, response);
  }

  @Override
  public boolean asyncDispatch(Request request, Response response, SocketEvent status)
      throws Exception {
    return engine.asyncDispatch(request, response, status);
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
