package io.autotls.storage;

import static java.nio.file.StandardWatchEventKinds.ENTRY_CREATE;
import static java.nio.file.StandardWatchEventKinds.ENTRY_DELETE;
import static java.nio.file.StandardWatchEventKinds.ENTRY_MODIFY;
import static java.nio.file.StandardWatchEventKinds.OVERFLOW;

import io.autotls.spi.EntryInfo;
import io.autotls.spi.KeyPrefix;
import io.autotls.spi.Watch;
import io.autotls.spi.WatchListener;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Learns from the operating system which files under a folder change, whoever changes them, on one
 * daemon thread that outlives every trouble with the folder.
 *
 * <p>The operating system watches folders, not paths: when a folder is moved away and another one
 * takes its place, it tells of the old one for ever. So the paths are looked at every few seconds,
 * and what is not watched any more, or could not be, is watched anew. Whoever listens is told that
 * changes may have been missed.
 */
final class FolderWatcher implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(FileStorage.class);

  /** How long changes in a folder that took the place of another may go unheard. */
  static final Duration CHECK = Duration.ofSeconds(5);

  /** Where much happens, the folders are looked at after so many lots of changes. */
  private static final int LOTS_BETWEEN_CHECKS = 64;

  private final Path root;
  private final FileNames names;
  private final WatchService service;
  private final Duration check;
  private final Map<WatchKey, Folder> folders = new ConcurrentHashMap<>(); // changed by one thread
  private final List<Subscription> subscriptions = new CopyOnWriteArrayList<>();
  private final AtomicBoolean toldOfKind = new AtomicBoolean();
  private volatile boolean complete; // whether every folder is watched
  private volatile boolean tellsAll; // whether that file system tells of changes by everybody
  private boolean toldOfTrouble; // since it was last complete; for one thread

  /**
   * A folder that is watched.
   *
   * @param identity null where the file system has none
   */
  private record Folder(Path path, @Nullable Object identity) {
    static Folder at(Path path, LinkOption... links) throws IOException {
      return new Folder(
          path, Files.readAttributes(path, BasicFileAttributes.class, links).fileKey());
    }
  }

  private FolderWatcher(Path root, FileNames names, WatchService service, Duration check) {
    this.root = root;
    this.names = names;
    this.service = service;
    this.check = check;
  }

  /**
   * Begins to watch. The folder need not be there yet.
   *
   * @param check how often the folders are looked at
   * @throws IOException if the operating system cannot, or its limit of watches is reached
   */
  static FolderWatcher start(Path root, FileNames names, Duration check) throws IOException {
    WatchService service = root.getFileSystem().newWatchService();
    FolderWatcher watcher = new FolderWatcher(root, names, service, check);
    watcher.registerAll();
    Thread thread = new Thread(watcher::run, "autotls-file-watch");
    thread.setDaemon(true);
    thread.start();
    return watcher;
  }

  Watch add(KeyPrefix prefix, WatchListener listener) {
    Subscription subscription = new Subscription(prefix, listener);
    subscriptions.add(subscription);
    return new Watch() {
      @Override
      public boolean isReliable() {
        return complete && tellsAll;
      }

      @Override
      public void close() {
        subscriptions.remove(subscription);
      }
    };
  }

  private void run() {
    int lots = 0;
    while (true) {
      try {
        WatchKey key = service.poll(check.toMillis(), TimeUnit.MILLISECONDS);
        if (key != null) {
          take(key);
        }
        if (key == null || ++lots == LOTS_BETWEEN_CHECKS) {
          lots = 0;
          checkFolders();
        }
      } catch (ClosedWatchServiceException e) {
        return;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      } catch (RuntimeException e) { // of no kind that is foreseen: it must not end the watch
        log.warn("Changes below {} may have been missed, and are looked for", root, e);
        lost();
      }
    }
  }

  private void take(WatchKey key) {
    Folder folder = folders.get(key);
    List<WatchEvent<?>> events = key.pollEvents();
    boolean watching = key.reset();
    if (folder == null) {
      return; // given up
    }
    for (WatchEvent<?> event : events) {
      if (event.kind() == OVERFLOW) {
        log.debug("more changes than the operating system keeps, below {}", folder.path());
        recover();
      } else if (event.context() instanceof Path name) {
        changed(folder.path().resolve(name), event.kind());
      }
    }
    if (!watching) {
      folders.remove(key);
      if (folder.path().equals(root)) {
        recover();
      }
    }
  }

  private void changed(Path path, WatchEvent.Kind<?> kind) {
    if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
      if (kind == ENTRY_CREATE && FileNames.mayHoldEntries(path)) {
        newFolder(path);
      }
    } else {
      announce(path);
    }
  }

  /** Entries may have come into a new folder before it was registered. */
  private void newFolder(Path folder) {
    try {
      register(Folder.at(folder, LinkOption.NOFOLLOW_LINKS), this::announce);
    } catch (NoSuchFileException | NotDirectoryException e) {
      log.trace("{} is gone again", folder);
    } catch (IOException | UncheckedIOException e) {
      log.debug("cannot watch {}", folder, e);
      recover();
    }
  }

  /** Whether each folder is still the one that is watched. */
  private void checkFolders() {
    if (!complete || !folders.entrySet().stream().allMatch(e -> isAt(e.getKey(), e.getValue()))) {
      recover();
    }
  }

  private boolean isAt(WatchKey key, Folder folder) {
    try {
      Folder present =
          folder.path().equals(root)
              ? Folder.at(root) // which may be a link: then it matters where it leads
              : Folder.at(folder.path(), LinkOption.NOFOLLOW_LINKS);
      return key.isValid() && present.equals(folder);
    } catch (IOException e) {
      return false;
    }
  }

  /** Watches everything anew. */
  private void recover() {
    boolean was = complete;
    folders.keySet().forEach(WatchKey::cancel);
    folders.clear();
    registerAll();
    if (was || complete) {
      lost();
    }
  }

  private void registerAll() {
    try {
      register(Folder.at(root), file -> {});
      FileSystemKind kind = FileSystemKind.of(root);
      tellsAll = kind.tellsOfEverybody();
      complete = true;
      toldOfTrouble = false;
      if (!tellsAll && toldOfKind.compareAndSet(false, true)) {
        log.info(
            "{} is on a file system ({}) that may not tell of changes by other machines. Next: they"
                + " are noticed within a minute. To do: nothing.",
            root,
            kind.type());
      }
    } catch (IOException | UncheckedIOException e) {
      complete = false;
      tellOfTrouble(e);
    }
  }

  private void tellOfTrouble(Exception e) {
    if (toldOfTrouble || e instanceof NoSuchFileException) {
      return; // a folder that is not there yet is no trouble
    }
    toldOfTrouble = true;
    log.info(
        "{} cannot be watched: {}. Next: changes by other nodes are noticed within a minute, and the"
            + " watch is tried again every {} s. To do: nothing; if many files are watched on this"
            + " machine, raise fs.inotify.max_user_watches.",
        root,
        e.getMessage(),
        check.toSeconds());
  }

  /**
   * Registers a folder and those below, each before it is looked into, so that none is missed.
   *
   * @param found called with each file in them
   */
  private void register(Folder folder, Consumer<Path> found) throws IOException {
    folders.put(folder.path().register(service, ENTRY_CREATE, ENTRY_MODIFY, ENTRY_DELETE), folder);
    try (Stream<Path> children = Files.list(folder.path())) {
      for (Path child : (Iterable<Path>) children::iterator) {
        if (Files.isDirectory(child, LinkOption.NOFOLLOW_LINKS)) {
          if (FileNames.mayHoldEntries(child)) {
            registerChild(child, found);
          }
        } else {
          found.accept(child);
        }
      }
    }
  }

  private void registerChild(Path folder, Consumer<Path> found) throws IOException {
    try {
      register(Folder.at(folder, LinkOption.NOFOLLOW_LINKS), found);
    } catch (NoSuchFileException | NotDirectoryException e) {
      log.trace("{} is gone again", folder);
    }
  }

  private void announce(Path file) {
    names
        .key(file)
        .map(EntryInfo::of)
        .ifPresent(one -> subscriptions.forEach(subscription -> subscription.announce(one)));
  }

  private void lost() {
    subscriptions.forEach(Subscription::lost);
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
