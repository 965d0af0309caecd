package io.autotls;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** What is logged while this is open; the logger of the tests writes to {@code System.err}. */
public final class LoggedLines implements AutoCloseable {
  private final PrintStream before = System.err;
  private final ByteArrayOutputStream written = new ByteArrayOutputStream();

  /** Begins to listen. */
  public LoggedLines() {
    System.setErr(new PrintStream(written, true, StandardCharsets.UTF_8));
  }

  /** The lines so far that hold a text, without the name of the logger. */
  public List<String> with(String text) {
    return written
        .toString(StandardCharsets.UTF_8)
        .lines()
        .filter(line -> line.contains(text))
        .map(line -> line.replaceFirst("^.*? (INFO|WARN|ERROR) \\S+ - ", "$1 "))
        .toList();
  }

  @Override
  public void close() {
    System.setErr(before);
  }
}
