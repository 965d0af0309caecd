package io.autotls.storage;

import io.autotls.storage.FileFacts.Kind;
import io.autotls.storage.FileFacts.Unix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether a folder may hold private keys: whether nobody but this process and root can put files of
 * theirs there, or another folder in its place. That is what {@code sshd} asks of its files: every
 * folder on the way belongs to this user or to root, and others cannot write there.
 *
 * <p>Different from {@code sshd}: a folder on the way in which everybody may write is fine if it is
 * sticky, such as {@code /tmp}, since nobody can take away there what is not theirs. A group that
 * may write is only told of, for Kubernetes gives volumes to one (fsGroup). A link on the way is
 * followed, and its own folders are looked at as well; below the folder there are no links. Where a
 * file system makes up its owners and modes, they say nothing and are no reason to refuse.
 */
final class FolderSafety {
  private static final Logger log = LoggerFactory.getLogger(FileStorage.class);
  private static final int MOST_LINKS = 40; // as in Linux

  private final Path root;
  private final OpenFolder whenOpen;
  private final ProcessUser user;
  private final Set<String> told = ConcurrentHashMap.newKeySet();
  private volatile @Nullable FileFacts known; // of the folder, when all on the way was looked at

  FolderSafety(Path root, OpenFolder whenOpen, ProcessUser user) {
    this.root = root;
    this.whenOpen = whenOpen;
    this.user = user;
  }

  /** Looks at the folder and every one on the way to it, as far as they exist. */
  void check() throws IOException {
    known = null;
    FileFacts end = walk();
    if (end != null && end.kind() != Kind.FOLDER) {
      throw new FileFailure(
          root + " is " + end.kind() + ", and a folder is needed there",
          "move it away, or set autotls.storage to another folder");
    }
    known = end;
  }

  /** The same if it was not yet looked at, or is another one since. */
  void checkIfNew() throws IOException {
    FileFacts before = known;
    if (before == null || !before.equals(present())) {
      check();
    }
  }

  private @Nullable FileFacts present() throws IOException {
    try {
      return FileFacts.at(root.toRealPath()).orElse(null);
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  /** Looks at a folder below, and those in between. */
  void checkBelow(Path folder) throws IOException {
    if (folder.equals(root)) {
      return; // which may be a link
    }
    Path path = root;
    for (Path name : root.relativize(folder)) {
      path = path.resolve(name);
      FileFacts facts = FileFacts.at(path).orElse(null);
      if (facts == null) {
        return;
      }
      if (facts.kind() != Kind.FOLDER) {
        throw new FileFailure(
            path + " is " + facts.kind() + ", and a folder of ours is needed there",
            "move it away");
      }
      checkFolder(path, facts.unix(), Place.BELOW);
    }
  }

  /** Whether a file belongs to this user or to root. */
  void checkOwner(Path file, FileFacts facts) throws IOException {
    Unix unix = facts.unix();
    if (unix != null && !user.trusts(unix.uid()) && FileSystemKind.of(file).keepsOwners()) {
      refuse(
          file,
          file + " belongs to " + name(unix) + ", and this process runs as " + user,
          "chown it if it is ours, else remove it; to use it as it is, set"
              + " autotls.storage.open-folder=warn");
    }
  }

  private enum Place {
    ABOVE,
    BELOW
  }

  /** Goes to the folder as the operating system would; null if something on the way is missing. */
  private @Nullable FileFacts walk() throws IOException {
    Deque<Path> names = new ArrayDeque<>();
    root.forEach(names::add);
    Path path = root.getRoot();
    FileFacts facts = path == null ? null : FileFacts.at(path).orElse(null);
    int links = 0;
    while (facts != null && path != null && !names.isEmpty()) {
      checkFolder(path, facts.unix(), Place.ABOVE);
      Path next = path.resolve(names.pop()).normalize();
      facts = FileFacts.at(next).orElse(null);
      if (facts != null && facts.kind() == Kind.LINK) {
        checkLink(next, facts);
        if (++links > MOST_LINKS) {
          throw new FileFailure(next + " is a link that leads to itself", "remove it");
        }
        Path target = Files.readSymbolicLink(next);
        for (int i = target.getNameCount() - 1; i >= 0; i--) {
          names.push(target.getName(i));
        }
        next = target.isAbsolute() ? target.getRoot() : path;
        facts = FileFacts.at(next).orElse(null);
      }
      path = next;
    }
    if (facts != null && path != null && facts.kind() == Kind.FOLDER) {
      checkFolder(path, facts.unix(), Place.BELOW);
    }
    return facts;
  }

  private void checkLink(Path link, FileFacts facts) throws IOException {
    Unix unix = facts.unix();
    if (unix != null
        && !user.trustsAbove(unix.uid())
        && FileSystemKind.of(parent(link)).keepsOwners()) {
      refuse(
          link,
          "the link " + link + " belongs to " + name(unix) + ", and this process runs as " + user,
          "chown -h it, or set autotls.storage to where it leads; to use it as it is, set"
              + " autotls.storage.open-folder=warn");
    }
  }

  private static Path parent(Path path) {
    Path parent = path.getParent();
    return parent == null ? path : parent;
  }

  private void checkFolder(Path folder, @Nullable Unix unix, Place place) throws IOException {
    if (unix == null) {
      return; // Windows: who may do what is in other lists, inherited from above
    }
    boolean known = place == Place.ABOVE ? user.trustsAbove(unix.uid()) : user.trusts(unix.uid());
    if (!known && FileSystemKind.of(folder).keepsOwners()) {
      refuse(
          folder,
          folder
              + " belongs to "
              + name(unix)
              + ", who can put other files there, and this process runs as "
              + user,
          "chown it, run as that user, or set autotls.storage to another folder; to use it as it is, set"
              + " autotls.storage.open-folder=warn");
    }
    if (unix.isSticky() && place == Place.ABOVE) {
      return;
    }
    if (unix.isWritableByOthers() && FileSystemKind.of(folder).keepsModes()) {
      refuse(
          folder,
          folder
              + " may be written by everybody (mode "
              + unix.octal()
              + "), so others can put their files in the place of ours",
          "chmod o-w "
              + folder
              + ", or set autotls.storage to another folder; if nobody else can reach it, set"
              + " autotls.storage.open-folder=warn");
    } else if (unix.isWritableByGroup() && !unix.hasPrivateGroup()) {
      tellOfGroup(folder, unix);
    }
  }

  private void tellOfGroup(Path folder, Unix unix) {
    if (told.add("group " + folder)) {
      log.warn(
          "{} may be written by the group {} (mode {}), so whoever is in it can replace keys and"
              + " certificates. Next: it is used as it is. To do: chmod g-w {}; nothing if this is the fsGroup"
              + " of a Kubernetes volume that no other pod has.",
          folder,
          unix.group().getName(),
          unix.octal(),
          folder);
    }
  }

  private void refuse(Path path, String problem, String remedy) throws FileFailure {
    if (whenOpen == OpenFolder.REFUSE) {
      throw new FileFailure(problem, remedy);
    }
    if (told.add("open " + path)) {
      log.warn(
          "Found that {}. Next: it is used all the same, as configured. To do: {}.",
          problem,
          remedy);
    }
  }

  private static String name(Unix unix) {
    return "user " + unix.owner().getName() + " (" + unix.uid() + ")";
  }
}
