package io.autotls.jetty.internal;

import io.autotls.solver.http.HttpAnswer;
import io.autotls.solver.http.PlainPort;
import io.autotls.solver.http.PlainRequest;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.http.UriCompliance;
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

  /**
   * From the next start of its server on, requests to {@code connector} are handled as said.
   *
   * @param forApplication what Jetty is to refuse of that which goes on to the application
   */
  static void add(Connector connector, PlainPort port, UriCompliance forApplication) {
    Server server = connector.getServer();
    Ports ports = server.getBean(Ports.class);
    if (ports == null) {
      ports = new Ports();
      server.addEventListener(ports);
    }
    ports.byConnector.put(connector, new Rules(port, forApplication));
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    Rules rules = ports.byConnector.get(request.getConnectionMetaData().getConnector());
    if (rules == null) {
      return super.handle(request, response, callback);
    }
    Optional<CompletionStage<HttpAnswer>> answer = rules.port().answer(new Asked(request));
    if (answer.isEmpty()) {
      return rules.refuses(request.getHttpURI())
          ? refuse(request, response, callback)
          : super.handle(request, response, callback);
    }
    answer
        .get()
        .whenComplete(
            (said, failure) -> {
              if (said == null) {
                Response.writeError(request, response, callback, failure);
              } else {
                write(said, response, callback);
              }
            });
    return true;
  }

  private static boolean refuse(Request request, Response response, Callback callback) {
    Response.writeError(request, response, callback, HttpStatus.BAD_REQUEST_400, "Ambiguous URI");
    return true;
  }

  private static void write(HttpAnswer answer, Response response, Callback callback) {
    response.setStatus(answer.status());
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, answer.contentType());
    answer.headers().forEach((name, value) -> response.getHeaders().put(name, value));
    byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
    response.write(true, ByteBuffer.wrap(body), callback);
  }

  /** What holds for a connector. */
  private record Rules(PlainPort port, UriCompliance forApplication) {
    boolean refuses(HttpURI uri) {
      return Arrays.stream(UriCompliance.Violation.values())
          .anyMatch(violation -> uri.hasViolation(violation) && !forApplication.allows(violation));
    }
  }

  /** A request of Jetty. */
  private record Asked(Request request) implements PlainRequest {
    @Override
    public String method() {
      return request.getMethod();
    }

    @Override
    public String path() {
      return Objects.requireNonNullElse(request.getHttpURI().getPath(), "");
    }

    @Override
    public Optional<String> query() {
      return Optional.ofNullable(request.getHttpURI().getQuery());
    }

    @Override
    public Optional<String> header(String name) {
      return Optional.ofNullable(request.getHeaders().get(name));
    }
  }

  /**
   * The connectors of one server for which there is something to answer. Whenever the server
   * starts, it puts a handler in front, whatever handler the application set in the meantime.
   */
  private static final class Ports implements LifeCycle.Listener {
    private final Map<Connector, Rules> byConnector = new ConcurrentHashMap<>();

    @Override
    public void lifeCycleStarting(LifeCycle event) {
      Server server = (Server) event;
      if (!(server.getHandler() instanceof HttpPortHandler)) {
        server.setHandler(new HttpPortHandler(this, server.getHandler()));
      }
    }
  }
}
