package io.autotls.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A program in a Java of its own, with the class path of the test: one that can be killed.
 *
 * <pre>{@code
 * try (JavaProcess shop = JavaProcess.of(Shop.class).property("port", "8443").start()) {
 *   shop.awaitLine("serving");
 *   shop.kill();
 * }
 * }</pre>
 *
 * <p>Safe for use by many threads. What it says is kept until the end of the test; messages of
 * failures have it.
 */
public final class JavaProcess implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final Process process;
  private final Thread reader;
  private final List<String> lines = new ArrayList<>(); // guarded by this
  private boolean ended; // guarded by this

  private JavaProcess(Process process) {
    this.process = process;
    this.reader = new Thread(this::read, "output of process " + process.pid());
    reader.setDaemon(true);
  }

  /** Begins with a program, its {@code main} and nothing else. */
  public static Builder of(Class<?> program) {
    return new Builder(List.of("-cp", System.getProperty("java.class.path"), program.getName()));
  }

  /**
   * Begins with a source file, on a module path in place of the class path.
   *
   * @param modulePath what stands after {@code -p}
   * @param modules those that the program itself uses; what they require or use comes by itself
   */
  public static Builder ofSource(Path program, String modulePath, String... modules) {
    return new Builder(
        List.of("-p", modulePath, "--add-modules", String.join(",", modules), program.toString()));
  }

  private void read() {
    try (BufferedReader in =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        add(line);
      }
    } catch (IOException e) {
      add("(its output broke off: " + e.getMessage() + ")");
    }
    synchronized (this) {
      ended = true;
      notifyAll();
    }
  }

  private synchronized void add(String line) {
    lines.add(line);
    notifyAll();
  }

  /**
   * Waits for a line that contains {@code text}, and returns it; one that was there already counts.
   *
   * @throws AssertionError if the program ends without such a line, or takes longer than two
   *     minutes
   */
  public synchronized String awaitLine(String text) throws InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    for (int next = 0; ; ) {
      for (; next < lines.size(); next++) {
        if (lines.get(next).contains(text)) {
          return lines.get(next);
        }
      }
      long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
      if (ended || left <= 0) {
        throw new AssertionError("it did not say \"" + text + "\", but:\n" + output());
      }
      wait(left);
    }
  }

  /**
   * Waits for the end, and returns the exit code.
   *
   * @throws AssertionError if it takes longer than two minutes
   */
  public int awaitEnd() throws InterruptedException {
    if (!process.waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new AssertionError("it did not end, and said:\n" + output());
    }
    reader.join(PATIENCE.toMillis());
    return process.exitValue();
  }

  /** Waits for the end, but no longer than that; returns whether it has ended. */
  public boolean awaitEnd(Duration patience) throws InterruptedException {
    return process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Asks it to end, as {@code kill} does, and Ctrl-C much the same. */
  public void terminate() {
    process.toHandle().destroy(); // Process.destroy would not let us hear its last words
  }

  /**
   * Ends it without warning, as {@code kill -9} and the loss of power do; returns when it is dead.
   */
  public void kill() throws InterruptedException {
    process.toHandle().destroyForcibly();
    process.waitFor();
  }

  /**
   * Lets it stand still, as a machine does that swaps, or a virtual one that is moved: its ports
   * stay open, and nobody answers. Only where the system has signals.
   */
  public void suspend() throws IOException, InterruptedException {
    signal("STOP");
  }

  /** Lets it go on after {@link #suspend}; to itself no time has passed. */
  public void resume() throws IOException, InterruptedException {
    signal("CONT");
  }

  private void signal(String name) throws IOException, InterruptedException {
    Process kill =
        new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
            .redirectErrorStream(true)
            .start();
    String said = new String(kill.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (kill.waitFor() != 0 && process.isAlive()) {
      throw new IOException("cannot send SIG" + name + " to " + process.pid() + ": " + said);
    }
  }

  /** The id that the system has given it. */
  public long pid() {
    return process.pid();
  }

  /** What it has said so far, its errors too. */
  public synchronized String output() {
    return String.join("\n", lines);
  }

  /** Kills it, if it still runs. */
  @Override
  public void close() {
    process.destroyForcibly();
  }

  /** How a program is started. */
  public static final class Builder {
    private final List<String> program;
    private final Map<String, String> properties = new LinkedHashMap<>();
    private Path folder = Path.of("");

    private Builder(List<String> program) {
      this.program = program;
    }

    /** Sets a system property. */
    public Builder property(String key, String value) {
      properties.put(key, value);
      return this;
    }

    /** Sets the working directory. That of the test unless set. */
    public Builder folder(Path path) {
      this.folder = path;
      return this;
    }

    /** Starts it. */
    public JavaProcess start(String... arguments) {
      List<String> command = new ArrayList<>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      // Short lives: what the second compiler would do comes too late.
      command.add("-XX:TieredStopAtLevel=1");
      command.add("-Xshare:auto");
      properties.forEach((key, value) -> command.add("-D" + key + "=" + value));
      command.addAll(program);
      command.addAll(List.of(arguments));
      try {
        JavaProcess started =
            new JavaProcess(
                new ProcessBuilder(command)
                    .directory(folder.toAbsolutePath().toFile())
                    .redirectErrorStream(true)
                    .start());
        started.reader.start();
        return started;
      } catch (IOException e) {
        throw new UncheckedIOException("cannot start " + program, e);
      }
    }
  }
}
