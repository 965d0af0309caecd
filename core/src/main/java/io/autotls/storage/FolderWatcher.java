package io.autotls.storage;

import static java.nio.file.StandardWatchEventKinds.ENTRY_CREATE;
import static java.nio.file.StandardWatchEventKinds.ENTRY_DELETE;
import static java.nio.file.StandardWatchEventKinds.ENTRY_MODIFY;

import io.autotls.spi.Key;
import io.autotls.spi.Watch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Learns from the operating system which files under a folder change, whoever changes them, on one
 * daemon thread.
 */
final class FolderWatcher implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(FileStorage.class);

  private final Path root;
  private final FileNames names;
  private final WatchService service;
  private final Map<WatchKey, Path> folders = new ConcurrentHashMap<>();
  private final List<Subscription> subscriptions = new CopyOnWriteArrayList<>();

  private FolderWatcher(Path root, FileNames names, WatchService service) {
    this.root = root;
    this.names = names;
    this.service = service;
  }

  /**
   * Begins to watch.
   *
   * @throws IOException if the operating system cannot, or its limit of watches is reached
   */
  static FolderWatcher start(Path root, FileNames names) throws IOException {
    FolderWatcher watcher = new FolderWatcher(root, names, root.getFileSystem().newWatchService());
    try {
      watcher.register(root);
    } catch (IOException e) {
      watcher.close();
      throw e;
    }
    Thread thread = new Thread(watcher::run, "autotls-file-watch");
    thread.setDaemon(true);
    thread.start();
    return watcher;
  }

  Watch add(String prefix, Consumer<Key> changed) {
    Subscription subscription = new Subscription(prefix, changed);
    subscriptions.add(subscription);
    return () -> subscriptions.remove(subscription);
  }

  /** Registers a folder and those below, each before it is looked into, so that none is missed. */
  private void register(Path folder) throws IOException {
    try {
      folders.put(folder.register(service, ENTRY_CREATE, ENTRY_MODIFY, ENTRY_DELETE), folder);
      try (Stream<Path> children = Files.list(folder)) {
        for (Path child : (Iterable<Path>) children::iterator) {
          if (Files.isDirectory(child, LinkOption.NOFOLLOW_LINKS)) {
            register(child);
          }
        }
      }
    } catch (NoSuchFileException e) {
      if (folder.equals(root)) {
        throw e;
      }
      log.debug("{} is gone again", folder);
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private void run() {
    try {
      while (true) {
        WatchKey key = service.take();
        Path folder = folders.get(key);
        for (WatchEvent<?> event : key.pollEvents()) {
          if (folder != null) {
            handle(folder, event);
          }
        }
        if (!key.reset()) {
          folders.remove(key);
        }
      }
    } catch (ClosedWatchServiceException e) {
      log.trace("closed", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void handle(Path folder, WatchEvent<?> event) {
    if (!(event.context() instanceof Path name)) { // an overflow: anything may have changed
      announceAll(root);
      return;
    }
    Path path = folder.resolve(name);
    if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
      if (event.kind() == ENTRY_CREATE) {
        announceAll(path);
      }
      return;
    }
    names.key(path).ifPresent(this::announce);
  }

  /** Entries may have come into a new folder before it was registered. */
  private void announceAll(Path folder) {
    try {
      register(folder);
      try (Stream<Path> files = Files.walk(folder)) {
        files.flatMap(file -> names.key(file).stream()).forEach(this::announce);
      }
    } catch (IOException | UncheckedIOException e) {
      log.warn(
          "Changes below {} may be noticed late from now on; they are still found by polling",
          folder,
          e);
    }
  }

  private void announce(Key key) {
    subscriptions.forEach(subscription -> subscription.announce(key));
  }

  @Override
  public void close() {
    subscriptions.clear();
    try {
      service.close();
    } catch (IOException e) {
      log.debug("cannot close the watch on {}", root, e);
    }
  }
}
