package io.autotls.jetty.internal;

import io.autotls.solver.http.Http01Solver;
import io.autotls.solver.http.HttpAnswer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntSupplier;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/**
 * Stands before all handlers of the application, so that no redirect and no filter can hide an
 * answer from the CA. On connectors of our own everything else is redirected to HTTPS; on those of
 * the application it goes on to the application.
 */
public final class ChallengeHandler extends Handler.Wrapper {
  private final @Nullable Http01Solver solver; // null if HTTP-01 is not used
  private final Map<Connector, IntSupplier> redirecting = new ConcurrentHashMap<>();
  private final Set<Connector> answering = ConcurrentHashMap.newKeySet();

  /** Creates a handler for no connector. */
  public ChallengeHandler(@Nullable Http01Solver solver) {
    this.solver = solver;
  }

  /** Redirects what comes in there to HTTPS on that port, except challenges. */
  public void redirect(Connector connector, IntSupplier httpsPort) {
    redirecting.put(connector, httpsPort);
    answering.add(connector);
  }

  /** Answers challenges that come in there. */
  public void answer(Connector connector) {
    answering.add(connector);
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    Connector connector = request.getConnectionMetaData().getConnector();
    if (answering.contains(connector)) {
      String path = request.getHttpURI().getPath();
      Optional<HttpAnswer> answer =
          solver == null
              ? Optional.empty()
              : solver.respond(request.getMethod(), path == null ? "/" : path);
      IntSupplier httpsPort = redirecting.get(connector);
      if (answer.isEmpty() && httpsPort != null) {
        answer = Optional.of(redirect(request, httpsPort.getAsInt()));
      }
      if (answer.isPresent()) {
        write(answer.get(), response, callback);
        return true;
      }
    }
    return super.handle(request, response, callback);
  }

  private static HttpAnswer redirect(Request request, int httpsPort) {
    String host = request.getHeaders().get(HttpHeader.HOST);
    return Http01Solver.redirect(
        request.getMethod(),
        host == null ? "" : host,
        request.getHttpURI().getPathQuery(),
        httpsPort);
  }

  private static void write(HttpAnswer answer, Response response, Callback callback) {
    response.setStatus(answer.status());
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, answer.contentType());
    answer.headers().forEach((name, value) -> response.getHeaders().put(name, value));
    byte[] body = answer.body().getBytes(StandardCharsets.US_ASCII);
    response.write(true, ByteBuffer.wrap(body), callback);
  }
}
