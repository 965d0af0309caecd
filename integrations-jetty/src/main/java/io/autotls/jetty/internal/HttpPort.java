package io.autotls.jetty.internal;

import io.autotls.solver.http.Http01Solver;
import io.autotls.solver.http.HttpAnswer;
import java.util.Optional;
import java.util.function.IntSupplier;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/** What happens to requests that arrive on one connector for plain http. */
final class HttpPort {
  private final @Nullable Http01Solver solver; // null: HTTP-01 is not used
  private final @Nullable IntSupplier httpsPort; // null: no redirect, the application goes on

  private HttpPort(@Nullable Http01Solver solver, @Nullable IntSupplier httpsPort) {
    this.solver = solver;
    this.httpsPort = httpsPort;
  }

  /** Answers challenges and leaves the rest to the application. */
  static HttpPort challengesOnly(Http01Solver solver) {
    return new HttpPort(solver, null);
  }

  /** Answers challenges, and redirects the rest; the application sees nothing of it. */
  static HttpPort redirecting(@Nullable Http01Solver solver, IntSupplier httpsPort) {
    return new HttpPort(solver, httpsPort);
  }

  /**
   * Whether the request may concern a challenge: then the answer may take a read of the storage.
   */
  boolean mayBlock(Request request) {
    String path = request.getHttpURI().getPath();
    return solver != null && path != null && path.startsWith(Http01Solver.PATH_PREFIX);
  }

  Optional<HttpAnswer> answer(Request request) {
    String method = request.getMethod();
    String path = request.getHttpURI().getPath();
    if (solver != null && path != null) {
      Optional<HttpAnswer> answer = solver.respond(method, path);
      if (answer.isPresent()) {
        return answer;
      }
    }
    if (httpsPort == null) {
      return Optional.empty();
    }
    String target = request.getHttpURI().getPathQuery();
    String host = request.getHeaders().get(HttpHeader.HOST);
    return Optional.of(
        Http01Solver.redirect(method, host, target == null ? "/" : target, httpsPort.getAsInt()));
  }
}
