package io.autotls.spi;

import java.io.IOException;

/**
 * A conditional write or delete found the entry at another version than expected: somebody was
 * faster. Nothing was changed. Read the entry again and decide anew.
 */
public class ConflictException extends IOException {
  private static final long serialVersionUID = 1L;

  private final String key;

  /** Creates the exception for an entry that is not at the version that was expected. */
  public ConflictException(Key key, Version expected) {
    super(
        "entry "
            + key
            + (expected.equals(Version.NONE)
                ? " exists already"
                : " is no longer at version " + expected)
            + "; nothing was written");
    this.key = key.name();
  }

  /** The key of the entry. */
  public Key key() {
    return Key.of(key);
  }
}
