package io.autotls.storage;

import io.autotls.spi.Key;
import io.autotls.spi.KeyPrefix;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Which file holds which entry: {@code certificates/*.example} is in {@code
 * certificates/%2A.example.entry}.
 *
 * <p>Distinct keys have distinct files on every file system, those of Windows with its forbidden
 * characters and reserved names included, and each file leads back to its key. The suffix keeps the
 * key {@code a} apart from the folder of {@code a/b}, and whatever else lies in the folder apart
 * from entries. A segment too long for a file name goes on in a folder below one whose name ends
 * with {@code +}.
 */
final class FileNames {
  static final String SUFFIX = ".entry";

  /** File names have 255 bytes at most; a suffix must fit as well. */
  private static final int MAX_NAME = 200;

  private static final char CONTINUED = '+';
  private static final Pattern RESERVED =
      Pattern.compile("(con|prn|aux|nul|com[0-9]|lpt[0-9])(\\..*)?");

  private static final Pattern FOLDER = Pattern.compile("[a-z0-9._@!%A-F-]+\\+?");

  private final Path root;

  FileNames(Path root) {
    this.root = root;
  }

  /** The file of an entry. */
  Path file(Key key) {
    String path = key.name();
    int slash = path.lastIndexOf('/');
    Path folder = folder(path.substring(0, slash + 1));
    List<String> names = split(encode(path.substring(slash + 1)));
    int last = names.size() - 1;
    for (String name : names.subList(0, last)) {
      folder = folder.resolve(name);
    }
    return folder.resolve(names.get(last) + SUFFIX);
  }

  /** The folder of all entries below {@code prefix}. */
  Path folder(KeyPrefix prefix) {
    return folder(prefix.text());
  }

  private Path folder(String prefix) {
    Path folder = root;
    for (String segment : prefix.isEmpty() ? new String[0] : prefix.split("/")) {
      for (String name : split(encodeFolder(segment))) {
        folder = folder.resolve(name);
      }
    }
    return folder;
  }

  /**
   * Whether entries may be in a folder of that name. What is not so named is none of ours, and
   * perhaps not for us to look into, such as {@code lost+found}.
   */
  static boolean mayHoldEntries(Path folder) {
    Path name = folder.getFileName();
    return name != null && FOLDER.matcher(name.toString()).matches();
  }

  /** The key of the entry in that file, or empty if this is no file of ours. */
  Optional<Key> key(Path file) {
    StringBuilder name = new StringBuilder();
    for (Path element : root.relativize(file)) {
      String part = element.toString();
      if (part.isEmpty()) {
        return Optional.empty(); // the root itself
      }
      if (part.charAt(part.length() - 1) == CONTINUED) {
        name.append(part, 0, part.length() - 1);
      } else {
        name.append(part).append('/');
      }
    }
    String ending = SUFFIX + "/";
    if (!name.toString().endsWith(ending)) {
      return Optional.empty();
    }
    try {
      Key key = Key.of(decode(name.substring(0, name.length() - ending.length())));
      // A name that we would have written in another way is not ours.
      return file(key).equals(file) ? Optional.of(key) : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static String encodeFolder(String segment) {
    String encoded = encode(segment);
    return encoded.endsWith(SUFFIX)
        ? encoded.substring(0, encoded.length() - SUFFIX.length())
            + escape('.')
            + SUFFIX.substring(1)
        : encoded;
  }

  private static String encode(String segment) {
    StringBuilder encoded = new StringBuilder();
    for (int i = 0; i < segment.length(); i++) {
      char c = segment.charAt(i);
      boolean plain = "*:".indexOf(c) < 0; // which Windows forbids; of all that a key may have
      boolean dropped = c == '.' && i == segment.length() - 1; // Windows drops a dot at the end
      boolean reserved = i == 0 && RESERVED.matcher(segment).matches();
      encoded.append(plain && !dropped && !reserved ? String.valueOf(c) : escape(c));
    }
    return encoded.toString();
  }

  private static String escape(char c) {
    return String.format(Locale.ROOT, "%%%02X", (int) c);
  }

  private static String decode(String encoded) {
    StringBuilder decoded = new StringBuilder();
    for (int i = 0; i < encoded.length(); i++) {
      char c = encoded.charAt(i);
      if (c == '%') {
        if (i + 2 >= encoded.length()) {
          throw new IllegalArgumentException("escape ends too early");
        }
        c = (char) Integer.parseInt(encoded.substring(i + 1, i + 3), 16);
        i += 2;
      }
      decoded.append(c);
    }
    return decoded.toString();
  }

  private static List<String> split(String encoded) {
    List<String> names = new ArrayList<>();
    int start = 0;
    while (encoded.length() - start > MAX_NAME) {
      names.add(encoded.substring(start, start + MAX_NAME) + CONTINUED);
      start += MAX_NAME;
    }
    names.add(encoded.substring(start));
    return names;
  }
}
