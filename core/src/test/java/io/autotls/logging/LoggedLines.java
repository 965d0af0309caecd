package io.autotls.logging;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** What is logged while this is open, by whichever thread. */
public final class LoggedLines implements AutoCloseable {
  private final TestLogging.Factory loggers =
      (TestLogging.Factory) LoggerFactory.getILoggerFactory();
  private final List<String> lines = new CopyOnWriteArrayList<>();

  /** Begins to listen. */
  public LoggedLines() {
    loggers.add(this);
  }

  void add(Level level, String message) {
    (level + " " + message).lines().forEach(lines::add);
  }

  /** The lines so far that hold a text, each message with its level. */
  public List<String> with(String text) {
    return lines.stream().filter(line -> line.contains(text)).toList();
  }

  @Override
  public void close() {
    loggers.remove(this);
  }
}
