package io.autotls.solver.http;

import java.util.Optional;

/**
 * A request that came over plain http, for whoever decides what becomes of it. Nothing of it is
 * checked: whoever sent it chose every character.
 *
 * <p>Not to be kept: a server may use what is behind it for the next request.
 */
public interface PlainRequest {
  /** The method as it came: {@code GET}. */
  String method();

  /**
   * The path as it came: not decoded, and without query. Compare it whole, or with care: {@code
   * /health/../admin} begins with {@code /health/}.
   */
  String path();

  /** The query as it came, without {@code ?}; empty if there is none. */
  Optional<String> query();

  /** The first value of a header, whatever the case of its name. */
  Optional<String> header(String name);
}
