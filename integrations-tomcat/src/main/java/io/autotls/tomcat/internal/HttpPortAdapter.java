package io.autotls.tomcat.internal;

import io.autotls.solver.http.HttpAnswer;
import io.autotls.solver.http.PlainPort;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.apache.coyote.ActionCode;
import org.apache.coyote.Adapter;
import org.apache.coyote.Request;
import org.apache.coyote.Response;
import org.apache.tomcat.util.net.SocketEvent;

/**
 * Stands between the connector and the engine. Here no host, context, valve or filter has seen the
 * request yet, so that challenges are answered even while nothing is deployed.
 */
final class HttpPortAdapter implements Adapter {
  private final Adapter engine;
  private final PlainPort port;

  HttpPortAdapter(Adapter engine, PlainPort port) {
    this.engine = engine;
    this.port = port;
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
    return port.answer(method, path, request.queryString().toString(), request.getHeader("Host"));
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
