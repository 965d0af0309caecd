package io.autotls.storage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * As whom this process runs, as far as it can be known: Java does not say, Linux does.
 *
 * @param uid null if unknown; then nobody is taken for a stranger
 * @param strangersAreMapped whether an owner without a number here, such as root outside of a
 *     container, is shown as {@link #OVERFLOW}
 */
record ProcessUser(@Nullable Integer uid, boolean strangersAreMapped) {
  private static final int ROOT = 0;

  /** What Linux shows for an owner that has no number in a user namespace. */
  private static final int OVERFLOW = 65534;

  private static final Path SELF = Path.of("/proc/self");
  private static final String ALL = "0 0 4294967295";

  static ProcessUser current() {
    try {
      Integer uid = (Integer) Files.getAttribute(SELF, "unix:uid"); // the link's target
      String map = Files.readString(SELF.resolve("uid_map")).strip().replaceAll("\\s+", " ");
      return new ProcessUser(uid, !map.equals(ALL));
    } catch (IOException | RuntimeException e) {
      return new ProcessUser(null, false); // not Linux
    }
  }

  /** Whether what this user owns is out of the hands of everybody but this process and root. */
  boolean trusts(int owner) {
    return uid == null || owner == uid || owner == ROOT;
  }

  /** The same for a folder above: in a container its owner may be root of the machine. */
  boolean trustsAbove(int owner) {
    return trusts(owner) || (strangersAreMapped && owner == OVERFLOW);
  }

  @Override
  public String toString() {
    return "user " + System.getProperty("user.name") + (uid == null ? "" : " (" + uid + ")");
  }
}
