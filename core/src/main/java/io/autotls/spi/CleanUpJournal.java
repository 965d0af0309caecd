package io.autotls.spi;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;

/**
 * What a solver has to clean up, whatever becomes of its process: entries {@code cleanup/…} in the
 * storage that all nodes share. An entry is written <em>before</em> its value is published, and
 * erased after the value is gone. If that never happens, because of a crash, any node that has a
 * solver for the type calls {@link ChallengeSolver#cleanUp} within a day after the work ended.
 *
 * <p>Each type of challenge has a journal of its own. Safe for use by many threads and nodes.
 */
public interface CleanUpJournal {
  /**
   * Notes that the answer to a challenge is about to be published. Repeating it replaces the notes.
   *
   * @param notes what it takes to find it again beside the challenge itself, such as the id that a
   *     provider gave to a record; no secrets, at most 4 KiB, keys of {@code a-z} and {@code -}
   * @throws IOException if it could not be stored; then nothing may be published
   */
  void write(Challenge challenge, Map<String, String> notes) throws IOException;

  /** The notes of an entry, whichever node wrote it; empty if there is no such entry. */
  Optional<Map<String, String>> read(Challenge challenge) throws IOException;

  /** The value is gone. An entry that is not there is no error. */
  void erase(Challenge challenge) throws IOException;
}
