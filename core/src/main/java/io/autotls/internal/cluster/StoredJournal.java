package io.autotls.internal.cluster;

import io.autotls.internal.text.Document;
import io.autotls.spi.Challenge;
import io.autotls.spi.CleanUpJournal;
import io.autotls.spi.ConflictException;
import io.autotls.spi.Entry;
import io.autotls.spi.Key;
import io.autotls.spi.KeyPrefix;
import io.autotls.spi.Storage;
import io.autotls.spi.TimeSource;
import io.autotls.spi.Version;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** The journal of one type of challenge: an entry of the storage for each answer. */
public final class StoredJournal implements CleanUpJournal {
  private static final String TITLE = "AutoTls clean-up";
  private static final KeyPrefix PREFIX = KeyPrefix.of("cleanup/");
  private static final String NOTE = "Note-";
  private static final Pattern NOTE_KEY = Pattern.compile("[a-z][a-z-]{0,63}");
  private static final int MOST_CHARACTERS = 4_096;

  private final Storage storage;
  private final TimeSource time;
  private final String type;

  public StoredJournal(Storage storage, TimeSource time, String type) {
    this.storage = storage;
    this.time = time;
    this.type = type;
  }

  /** What is to be cleaned up, of all types. */
  public static ChallengeEntries entries(Storage storage) {
    return new ChallengeEntries(storage, PREFIX, TITLE);
  }

  private Key key(Challenge challenge) {
    if (!challenge.type().equals(type)) {
      throw new IllegalArgumentException(
          "the journal of " + type + " has no entries for " + challenge.type());
    }
    return PREFIX.key(type, ChallengeDocument.id(challenge));
  }

  @Override
  public void write(Challenge challenge, Map<String, String> notes) throws IOException {
    Key key = key(challenge);
    check(notes);
    Document.Writer writer = ChallengeDocument.begin(TITLE, challenge, time.instant());
    new TreeMap<>(notes).forEach((name, note) -> writer.header(NOTE + name, note));
    byte[] value = writer.toBytes();
    try {
      storage.write(key, value, Version.NONE);
    } catch (ConflictException e) {
      // Written before a crash, perhaps by another node: what is known now is better.
      Optional<Entry> present = storage.read(key);
      storage.write(key, value, present.map(Entry::version).orElse(Version.NONE));
    }
  }

  private static void check(Map<String, String> notes) {
    int characters = 0;
    for (Map.Entry<String, String> note : notes.entrySet()) {
      if (!NOTE_KEY.matcher(note.getKey()).matches()) {
        throw new IllegalArgumentException("not the key of a note: " + note.getKey());
      }
      characters += note.getKey().length() + note.getValue().length();
    }
    if (characters > MOST_CHARACTERS) {
      throw new IllegalArgumentException("notes of " + characters + " characters are too long");
    }
  }

  @Override
  public Optional<Map<String, String>> read(Challenge challenge) throws IOException {
    return storage
        .read(key(challenge))
        .map(entry -> Document.parse(entry.value()))
        .filter(document -> document.isComplete() && document.title().equals(TITLE))
        .map(StoredJournal::notes);
  }

  private static Map<String, String> notes(Document document) {
    Map<String, String> notes = new HashMap<>();
    document
        .headers()
        .forEach(
            (header, value) -> {
              if (header.startsWith(NOTE)) {
                notes.put(header.substring(NOTE.length()), value);
              }
            });
    return Map.copyOf(notes);
  }

  @Override
  public void erase(Challenge challenge) throws IOException {
    Key key = key(challenge);
    Optional<Entry> present = storage.read(key);
    if (present.isPresent()) {
      try {
        storage.delete(key, present.get().version());
      } catch (ConflictException e) {
        // Published again meanwhile, and not yet gone.
      }
    }
  }
}
