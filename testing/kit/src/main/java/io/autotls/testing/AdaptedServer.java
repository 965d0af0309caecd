package io.autotls.testing;

/**
 * A server as its contract tests see it: an adapter is installed on it, and an application that
 * answers every request with status 200 and {@code hello}, even those below {@code /.well-known}.
 * It listens on the loopback addresses at least.
 */
public interface AdaptedServer {
  /** Starts it; after {@link #stop} once more. */
  void start() throws Exception;

  /** Stops it. */
  void stop() throws Exception;

  /** Ends it for good, in whatever state it is, and releases its ports. */
  void end() throws Exception;

  /** The port for plain http that it listens on, while it runs. */
  int httpPort();

  /** The port for https that it listens on, while it runs. */
  int httpsPort();

  /** How many requests the application has seen. */
  int visits();
}
