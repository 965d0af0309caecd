package io.autotls.internal.text;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The version of the form of a stored entry; each entry says it in its second line.
 *
 * <p>A node reads every entry whose major number is not above its own, and keeps what it does not
 * understand when it writes back. So a new minor version may add headers and sections, if they may
 * grow stale in the hands of a node that does not know them: what is about one certificate, order
 * or problem says about which. Whatever an older node must not ignore takes a new major version,
 * whose entries older nodes leave alone.
 */
public record FormatVersion(int major, int minor) implements Comparable<FormatVersion> {
  /** What this node writes. */
  public static final FormatVersion CURRENT = new FormatVersion(1, 0);

  static final String HEADER = "Format";

  private static final Pattern FORM = Pattern.compile("(\\d{1,6})\\.(\\d{1,6})");

  /** What a header says; the present one if that makes no sense, for then it says nothing. */
  static FormatVersion of(String header) {
    Matcher matcher = FORM.matcher(header);
    return matcher.matches()
        ? new FormatVersion(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)))
        : CURRENT;
  }

  /** Whether entries of this form may be written by this node. */
  public boolean isUnderstood() {
    return major <= CURRENT.major;
  }

  FormatVersion orNewer(FormatVersion other) {
    return compareTo(other) < 0 ? other : this;
  }

  @Override
  public int compareTo(FormatVersion other) {
    int byMajor = Integer.compare(major, other.major);
    return byMajor != 0 ? byMajor : Integer.compare(minor, other.minor);
  }

  /** {@code 1.0}. */
  @Override
  public String toString() {
    return major + "." + minor;
  }
}
