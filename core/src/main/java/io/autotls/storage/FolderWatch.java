package io.autotls.storage;

import io.autotls.spi.Watch;
import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Watches one folder on one daemon thread, until it is closed. */
final class FolderWatch {
  private static final Logger log = LoggerFactory.getLogger(FolderWatch.class);

  private FolderWatch() {}

  /**
   * Watches a folder.
   *
   * @param select the file of a name, or empty if that name is not of interest
   * @return empty if this platform cannot watch
   */
  static Optional<Watch> of(
      Path folder, Function<String, Optional<Path>> select, Consumer<Path> changed)
      throws IOException {
    WatchService service;
    try {
      service = folder.getFileSystem().newWatchService();
      folder.register(
          service,
          StandardWatchEventKinds.ENTRY_CREATE,
          StandardWatchEventKinds.ENTRY_MODIFY,
          StandardWatchEventKinds.ENTRY_DELETE);
    } catch (UnsupportedOperationException e) {
      return Optional.empty();
    }
    Thread thread = new Thread(() -> run(service, select, changed), "autotls-watch");
    thread.setDaemon(true);
    thread.start();
    return Optional.of(() -> close(service));
  }

  private static void run(
      WatchService service, Function<String, Optional<Path>> select, Consumer<Path> changed) {
    try {
      WatchKey key = service.take();
      while (key.isValid()) {
        for (WatchEvent<?> event : key.pollEvents()) {
          if (event.context() instanceof Path name) {
            select.apply(name.toString()).ifPresent(changed);
          }
        }
        key.reset();
        key = service.take();
      }
    } catch (ClosedWatchServiceException e) {
      // As it should end.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      log.warn("Watching files ended: {}. Next: changes are noticed by looking. To do: nothing.", e.toString());
    }
  }

  private static void close(WatchService service) {
    try {
      service.close();
    } catch (IOException e) {
      log.debug("closing a watch failed", e);
    }
  }
}
