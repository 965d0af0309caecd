package io.autotls.testing.chaos;

import io.autotls.testing.JavaProcess;
import io.autotls.testing.chaos.Application.Farewell;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * A node of a cluster: the same ports and the same server in one process after another. Safe for
 * use by many threads.
 */
final class Node implements AutoCloseable {
  /** What is expected of it. */
  enum State {
    /** There is no process, or it was asked to end. */
    DOWN,
    /** AutoTls is or will be enabled; nobody listens yet. */
    BOOTING,
    /** Visitors are welcome. */
    SERVING,
    /** It stands still with open ports. */
    SUSPENDED
  }

  private final String name;
  private final ServerKind kind;
  private final Farewell farewell;
  private final Path folder;
  private final Settings settings;
  private final Diary diary;
  private final int httpPort;
  private final int httpsPort;
  private final List<JavaProcess> lives = new ArrayList<>(); // guarded by this
  private State state = State.DOWN; // guarded by this
  private State beforeSuspension = State.DOWN; // guarded by this
  private long changes; // guarded by this

  /**
   * What all nodes of a cluster have in common.
   *
   * @param certificates names and their profiles
   */
  record Settings(Site site, String certificates, Diary diary) {}

  Node(String name, ServerKind kind, Farewell farewell, Settings settings) {
    this.name = name;
    this.kind = kind;
    this.farewell = farewell;
    this.folder = settings.site().folder().resolve(name);
    this.settings = settings;
    this.diary = settings.diary();
    this.httpPort = settings.site().ports().next();
    this.httpsPort = settings.site().ports().next();
  }

  String name() {
    return name;
  }

  ServerKind kind() {
    return kind;
  }

  int httpPort() {
    return httpPort;
  }

  int httpsPort() {
    return httpsPort;
  }

  synchronized State state() {
    return state;
  }

  /** Whether a load balancer sends connections there: it is tried, if it was not taken out. */
  synchronized boolean isInRotation() {
    return state == State.SERVING || state == State.BOOTING;
  }

  /**
   * A number that stays the same while the node serves without interruption; empty while it does
   * not serve.
   */
  synchronized OptionalLong serving() {
    return state == State.SERVING ? OptionalLong.of(changes) : OptionalLong.empty();
  }

  private synchronized void become(State next) {
    state = next;
    changes++;
    notifyAll();
  }

  /**
   * Starts a process whose server listens only that long after {@code enable()}; returns at once.
   *
   * @param challenges in the order in which they are tried
   */
  synchronized void start(Duration boot, String challenges) throws IOException {
    Files.createDirectories(folder);
    diary.note("start %s, boots for %.1f s", this, boot.toMillis() / 1000.0);
    JavaProcess.Builder process =
        JavaProcess.of(Application.class)
            .folder(folder)
            .property(Application.SERVER, kind.name())
            .property(Application.FAREWELL, farewell.name())
            .property(Application.BOOT_MILLIS, Long.toString(boot.toMillis()))
            .property(Application.CERTIFICATES, settings.certificates())
            .property("autotls.ca", settings.site().pebble().directory().toString())
            .property("autotls.ca.trust", settings.site().pebble().httpsRootFile().toString())
            .property("autotls.agree-tos", "true")
            .property("autotls.storage", "file:" + settings.site().storage())
            .property("autotls.http.port", Integer.toString(httpPort))
            .property("autotls.https.port", Integer.toString(httpsPort))
            .property("org.slf4j.simpleLogger.showDateTime", "true")
            .property("org.slf4j.simpleLogger.dateTimeFormat", "HH:mm:ss.SSS")
            .property("org.slf4j.simpleLogger.log.org.eclipse.jetty", "warn");
    if (kind.answersTlsAlpn()) {
      process.property("autotls.challenge", challenges);
    }
    Files.writeString(folder.resolve("autotls.properties"), "");
    JavaProcess life = process.start();
    lives.add(life);
    become(State.BOOTING);
    Thread watcher = new Thread(() -> awaitServing(life), "start of " + name);
    watcher.setDaemon(true);
    watcher.start();
  }

  private void awaitServing(JavaProcess life) {
    try {
      life.awaitLine(Application.SERVING);
      served(life);
    } catch (AssertionError e) {
      endedTooEarly(life);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized void served(JavaProcess life) {
    if (life != present()) {
      return;
    }
    if (state == State.BOOTING) {
      diary.note("serving: %s", this);
      become(State.SERVING);
    } else if (state == State.SUSPENDED) {
      beforeSuspension = State.SERVING; // said before it stood still, and heard after that
    }
  }

  private synchronized void endedTooEarly(JavaProcess life) {
    if (life == present() && state == State.BOOTING) {
      diary.note("ended by itself: %s", this);
      become(State.DOWN);
    }
  }

  /**
   * Waits until it serves.
   *
   * @return false if it is down, or the time is over
   */
  synchronized boolean awaitServing(Duration patience) throws InterruptedException {
    long deadline = System.nanoTime() + patience.toNanos();
    while (state != State.SERVING && state != State.DOWN) {
      long left = Duration.ofNanos(deadline - System.nanoTime()).toMillis();
      if (left <= 0) {
        break;
      }
      wait(left);
    }
    return state == State.SERVING;
  }

  /** Ends it without warning. */
  void kill() throws InterruptedException {
    requireAlive();
    diary.note("kill -9 %s", this);
    become(State.DOWN);
    present().kill();
  }

  /** Asks it to end, and waits until it has. */
  void terminate() throws InterruptedException {
    requireAlive();
    diary.note("SIGTERM to %s", this);
    become(State.DOWN);
    JavaProcess life = present();
    life.terminate();
    if (!life.awaitEnd(Duration.ofSeconds(30))) {
      diary.note("does not end: %s", this);
      life.kill();
      throw new AssertionError(this + " did not end within 30 s of SIGTERM");
    }
  }

  void suspend() throws IOException, InterruptedException {
    requireAlive();
    diary.note("SIGSTOP to %s", this);
    synchronized (this) {
      beforeSuspension = state;
      become(State.SUSPENDED);
    }
    present().suspend();
  }

  void resume() throws IOException, InterruptedException {
    diary.note("SIGCONT to %s", this);
    present().resume();
    synchronized (this) {
      become(beforeSuspension);
    }
  }

  private synchronized JavaProcess present() {
    return lives.get(lives.size() - 1);
  }

  /** Nobody but us ends it. */
  private synchronized void requireAlive() {
    boolean alive = ProcessHandle.of(present().pid()).map(ProcessHandle::isAlive).orElse(false);
    if (!alive) {
      throw new AssertionError(this + " ended by itself");
    }
  }

  /** What its processes said. */
  synchronized String log() {
    StringBuilder all = new StringBuilder();
    for (JavaProcess life : lives) {
      all.append("---- process ")
          .append(life.pid())
          .append('\n')
          .append(life.output())
          .append('\n');
    }
    return all.toString();
  }

  @Override
  public synchronized void close() {
    lives.forEach(JavaProcess::close);
  }

  @Override
  public String toString() {
    return name + " (" + kind + ", " + farewell + ")";
  }
}
