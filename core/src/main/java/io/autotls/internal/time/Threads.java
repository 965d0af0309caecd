package io.autotls.internal.time;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;

/** The threads that AutoTls makes for itself: virtual ones where the JVM has them. */
public final class Threads {
  /**
   * Since that version a virtual thread that waits in {@code synchronized} code lets its carrier go
   * (JEP 491). Before it a store's driver could starve all virtual threads of the application.
   */
  private static final int NEVER_PINNED = 24;

  private Threads() {}

  /**
   * For work: a virtual thread for each task from Java 24 on, else at most {@code most} daemon
   * threads.
   */
  public static ExecutorService workers(int most) {
    return Runtime.version().feature() >= NEVER_PINNED
        ? perTask("autotls-worker-")
        : Executors.newFixedThreadPool(most, daemons("autotls-worker"));
  }

  /**
   * {@code Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name(…).factory())} of Java 21.
   */
  private static ExecutorService perTask(String prefix) {
    try {
      Class<?> type = Class.forName("java.lang.Thread$Builder");
      Object builder = Thread.class.getMethod("ofVirtual").invoke(null);
      builder = type.getMethod("name", String.class, long.class).invoke(builder, prefix, 1L);
      Object factory = type.getMethod("factory").invoke(builder);
      return (ExecutorService)
          Executors.class
              .getMethod("newThreadPerTaskExecutor", ThreadFactory.class)
              .invoke(null, factory);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e); // Java has had them since 21
    }
  }

  /** For listeners, each of which may block for long: as many as are called at once. */
  public static ExecutorService listeners() {
    return Executors.newCachedThreadPool(daemons("autotls-listener"));
  }

  static ThreadFactory daemons(String name) {
    AtomicInteger count = new AtomicInteger();
    return task -> {
      Thread thread = new Thread(task, name + "-" + count.incrementAndGet());
      thread.setDaemon(true);
      return thread;
    };
  }
}
