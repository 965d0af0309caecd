package io.autotls.solver.http;

import java.util.Objects;
import java.util.Optional;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What is answered on a port for plain http, before the application is asked: challenges, and on a
 * port of our own everything else too, with a redirect to https. For authors of server adapters;
 * safe for use by many threads.
 */
public final class PlainPort {
  private final @Nullable Http01Solver solver; // null: HTTP-01 is not used
  private final @Nullable IntSupplier httpsPort; // null: no redirect, the application goes on

  private PlainPort(@Nullable Http01Solver solver, @Nullable IntSupplier httpsPort) {
    this.solver = solver;
    this.httpsPort = httpsPort;
  }

  /** Answers challenges and leaves the rest to the application. */
  public static PlainPort challengesOnly(Http01Solver solver) {
    return new PlainPort(Objects.requireNonNull(solver, "solver"), null);
  }

  /**
   * Answers challenges, and redirects the rest; the application sees nothing of it.
   *
   * @param solver null if HTTP-01 is not used
   * @param httpsPort asked for each redirect
   */
  public static PlainPort redirecting(@Nullable Http01Solver solver, IntSupplier httpsPort) {
    return new PlainPort(solver, Objects.requireNonNull(httpsPort, "httpsPort"));
  }

  /** Whether the answer for this path may take a read of the storage. */
  public boolean mayBlock(@Nullable String rawPath) {
    return solver != null && rawPath != null && rawPath.startsWith(Http01Solver.PATH_PREFIX);
  }

  /**
   * The answer to a request; empty means that the application goes on.
   *
   * @param rawPath the path as it came, not decoded and without query
   * @param rawQuery the query as it came; null if there is none
   * @param hostHeader the value of {@code Host}; null if there is none
   */
  public Optional<HttpAnswer> answer(
      String method,
      @Nullable String rawPath,
      @Nullable String rawQuery,
      @Nullable String hostHeader) {
    if (solver != null && rawPath != null) {
      Optional<HttpAnswer> answer = solver.respond(method, rawPath);
      if (answer.isPresent()) {
        return answer;
      }
    }
    if (httpsPort == null) {
      return Optional.empty();
    }
    String path = rawPath == null || rawPath.isEmpty() ? "/" : rawPath;
    String target = rawQuery == null ? path : path + "?" + rawQuery;
    return Optional.of(Http01Solver.redirect(method, hostHeader, target, httpsPort.getAsInt()));
  }
}
