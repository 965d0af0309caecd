package io.autotls.jetty.internal;

import io.autotls.solver.http.HttpAnswer;
import io.autotls.solver.http.PlainPort;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.component.LifeCycle;
import org.jspecify.annotations.Nullable;

/**
 * Stands ahead of all handlers of a server and answers what its plain http connectors are to
 * answer. Requests of all other connectors pass unchanged.
 */
final class HttpPortHandler extends Handler.Wrapper {
  private final Ports ports;

  private HttpPortHandler(Ports ports, @Nullable Handler application) {
    super(application);
    this.ports = ports;
  }

  /** From the next start of its server on, requests to {@code connector} are handled as said. */
  static void add(Connector connector, PlainPort port) {
    Server server = connector.getServer();
    Ports ports = server.getBean(Ports.class);
    if (ports == null) {
      ports = new Ports();
      server.addEventListener(ports);
    }
    ports.byConnector.put(connector, port);
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    PlainPort port = ports.byConnector.get(request.getConnectionMetaData().getConnector());
    if (port == null) {
      return super.handle(request, response, callback);
    }
    if (port.mayBlock(request.getHttpURI().getPath())) {
      // The application's handlers decide whether this thread may block. A look into the storage
      // must not depend on that, so it gets a thread of its own.
      getServer()
          .getThreadPool()
          .execute(() -> answerOrContinue(port, request, response, callback));
      return true;
    }
    Optional<HttpAnswer> answer = answer(port, request);
    if (answer.isEmpty()) {
      return super.handle(request, response, callback);
    }
    write(answer.get(), response, callback);
    return true;
  }

  private void answerOrContinue(
      PlainPort port, Request request, Response response, Callback callback) {
    try {
      Optional<HttpAnswer> answer = answer(port, request);
      if (answer.isPresent()) {
        write(answer.get(), response, callback);
      } else if (!super.handle(request, response, callback)) {
        Response.writeError(request, response, callback, HttpStatus.NOT_FOUND_404);
      }
    } catch (Exception e) {
      Response.writeError(request, response, callback, e);
    }
  }

  private static Optional<HttpAnswer> answer(PlainPort port, Request request) {
    HttpURI uri = request.getHttpURI();
    return port.answer(
        request.getMethod(),
        uri.getPath(),
        uri.getQuery(),
        request.getHeaders().get(HttpHeader.HOST));
  }

  private static void write(HttpAnswer answer, Response response, Callback callback) {
    response.setStatus(answer.status());
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, answer.contentType());
    answer.headers().forEach((name, value) -> response.getHeaders().put(name, value));
    byte[] body = answer.body().getBytes(StandardCharsets.US_ASCII);
    response.write(true, ByteBuffer.wrap(body), callback);
  }

  /**
   * The connectors of one server for which there is something to answer. Whenever the server
   * starts, it puts a handler in front, whatever handler the application set in the meantime.
   */
  private static final class Ports implements LifeCycle.Listener {
    private final Map<Connector, PlainPort> byConnector = new ConcurrentHashMap<>();

    @Override
    public void lifeCycleStarting(LifeCycle event) {
      Server server = (Server) event;
      if (!(server.getHandler() instanceof HttpPortHandler)) {
        server.setHandler(new HttpPortHandler(this, server.getHandler()));
      }
    }
  }
}
