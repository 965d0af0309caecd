package io.autotls.storage;

import io.autotls.spi.EntryInfo;
import io.autotls.spi.Key;
import io.autotls.spi.Listing;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The entries in a folder and in those below it. Holds one open folder for each level, and no list
 * of what is in them.
 */
final class FolderListing implements Listing {
  private static final Logger log = LoggerFactory.getLogger(FileStorage.class);

  private final FileNames names;
  private final Path root;
  private final Deque<OpenedFolder> open = new ArrayDeque<>();
  private @Nullable EntryInfo entry; // null before the first and after the last one

  private record OpenedFolder(Path path, DirectoryStream<Path> children, Iterator<Path> iterator) {}

  private FolderListing(FileNames names, Path root) {
    this.names = names;
    this.root = root;
  }

  /** A listing of {@code folder}, which need not be there. */
  static FolderListing of(Path folder, FileNames names, Path root) throws IOException {
    FolderListing listing = new FolderListing(names, root);
    listing.enter(folder);
    return listing;
  }

  @Override
  public boolean next() throws IOException {
    entry = null;
    while (entry == null && !open.isEmpty()) {
      OpenedFolder folder = open.getLast();
      try {
        if (folder.iterator().hasNext()) {
          entry = lookAt(folder.iterator().next()).map(EntryInfo::of).orElse(null);
        } else {
          leave();
        }
      } catch (DirectoryIteratorException e) {
        throw FileFailure.of(e.getCause(), "list", folder.path(), root);
      }
    }
    return entry != null;
  }

  /** Files, and nothing else: what is a link, a pipe or a device is not ours. */
  private Optional<Key> lookAt(Path path) throws IOException {
    try {
      BasicFileAttributes attributes =
          Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      if (attributes.isDirectory() && FileNames.mayHoldEntries(path)) {
        enter(path);
      }
      return attributes.isRegularFile() ? names.key(path) : Optional.empty();
    } catch (NoSuchFileException e) {
      return Optional.empty(); // gone meanwhile
    } catch (IOException e) {
      throw FileFailure.of(e, "list", path, root);
    }
  }

  private void enter(Path folder) throws IOException {
    try {
      DirectoryStream<Path> children = Files.newDirectoryStream(folder);
      open.addLast(new OpenedFolder(folder, children, children.iterator()));
    } catch (NoSuchFileException e) {
      log.trace("{} is not there, or gone again", folder);
    } catch (IOException e) {
      throw FileFailure.of(e, "list", folder, root);
    }
  }

  private void leave() {
    OpenedFolder folder = open.removeLast();
    try {
      folder.children().close();
    } catch (IOException e) {
      log.debug("cannot close {}", folder.path(), e);
    }
  }

  @Override
  public EntryInfo entry() {
    if (entry == null) {
      throw new NoSuchElementException("next() went to no entry");
    }
    return entry;
  }

  @Override
  public void close() {
    while (!open.isEmpty()) {
      leave();
    }
  }
}
