package io.autotls.spi;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;

/**
 * The servers that are attached to one solver, and whether one of them listens. For authors of
 * solvers; safe for use by many threads.
 */
public final class Attachments {
  private final List<Server> servers = new CopyOnWriteArrayList<>();
  private final Runnable changed;

  /**
   * Creates an empty set.
   *
   * @param changed called after each change, on the thread of the caller
   */
  public Attachments(Runnable changed) {
    this.changed = Objects.requireNonNull(changed, "changed");
  }

  /** Adds a server; {@code description} names it in messages: {@code "Jetty on port 8080"}. */
  public Attachment add(String description) {
    Server server = new Server(description);
    servers.add(server);
    changed.run();
    return server;
  }

  /** Whether no server was ever added. */
  public boolean isEmpty() {
    return servers.isEmpty();
  }

  /**
   * Ready as soon as one server listens.
   *
   * @param whenNone what to say if no server was added
   */
  public Readiness readiness(String whenNone) {
    if (servers.isEmpty()) {
      return Readiness.notReady(whenNone);
    }
    if (servers.stream().anyMatch(server -> server.listening)) {
      return Readiness.ready();
    }
    String names =
        servers.stream().map(server -> server.description).collect(Collectors.joining(", "));
    return Readiness.notReady(names + " does not listen yet: start the server");
  }

  private final class Server implements Attachment {
    private final String description;
    private volatile boolean listening;

    private Server(String description) {
      this.description = Objects.requireNonNull(description, "description");
    }

    @Override
    public void listening() {
      set(true);
    }

    @Override
    public void stopped() {
      set(false);
    }

    private void set(boolean value) {
      if (listening != value) {
        listening = value;
        changed.run();
      }
    }
  }
}
