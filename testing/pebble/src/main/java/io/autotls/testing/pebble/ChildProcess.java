package io.autotls.testing.pebble;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/** A program that runs beside the test, what it wrote, and its end. */
final class ChildProcess implements AutoCloseable {
  private static final Duration GRACE = Duration.ofSeconds(3);
  private static final int KEPT_LINES = 2_000;

  private final Process process;
  private final Deque<String> output = new ArrayDeque<>(); // guarded by itself

  private final Consumer<String> listener;

  private ChildProcess(Process process, Consumer<String> listener) {
    this.process = process;
    this.listener = listener;
  }

  /** Starts it; the listener hears every line that it writes. */
  static ChildProcess start(
      List<String> command, Map<String, String> environment, Path folder, Consumer<String> listener)
      throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true);
    builder.environment().keySet().removeIf(name -> name.startsWith("PEBBLE_"));
    builder.environment().putAll(environment);
    ChildProcess child = new ChildProcess(builder.start(), listener);
    Thread reader = new Thread(child::readOutput, command.get(0) + " output");
    reader.setDaemon(true);
    reader.start();
    return child;
  }

  ProcessHandle handle() {
    return process.toHandle();
  }

  /** What the program wrote to both of its outputs, the last lines of it. */
  String output() {
    synchronized (output) {
      return String.join("\n", output);
    }
  }

  /**
   * Waits until the program has ended, or has said that it cannot bind a port, at most for {@code
   * time}.
   */
  boolean failsWithin(Duration time) throws InterruptedException {
    return process.waitFor(time.toMillis(), TimeUnit.MILLISECONDS)
        || output().contains("address already in use");
  }

  /** Ends the program: politely, then by force. */
  @Override
  public void close() {
    process.destroy();
    try {
      process.onExit().get(GRACE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    } catch (TimeoutException | ExecutionException e) {
      process.destroyForcibly().onExit().join();
    }
  }

  private void readOutput() {
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        synchronized (output) {
          if (output.size() == KEPT_LINES) {
            output.removeFirst();
          }
          output.addLast(line);
        }
        listener.accept(line);
      }
    } catch (IOException e) {
      // The program is being ended, which closes its output; nobody reads on.
    }
  }
}
