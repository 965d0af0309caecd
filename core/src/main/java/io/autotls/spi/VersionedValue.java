package io.autotls.spi;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A value as a store keeps it whose own versions may come back: with a nonce, so that no two writes
 * store the same bytes. A hash of the content, such as an ETag, is then a version that never comes
 * back; where a counter restarts, the {@link #nonce()} is one.
 *
 * <pre>{@code
 * public Version write(Key key, byte[] value, Version expected) throws IOException {
 *   byte[] object = VersionedValue.of(value, random).toBytes();
 *   return new Version(bucket.putIfMatch(key.name(), object, expected.token())); // the new ETag
 * }
 * }</pre>
 *
 * <p>Stored is one line, {@code AutoTls value} or {@code AutoTls tombstone} with the nonce, and
 * then the value as it is, so that people can read it: {@value #MAX_OVERHEAD_BYTES} bytes more at
 * most. What has no such line is a value without a nonce, written by somebody else.
 */
public final class VersionedValue {
  /** By how much {@link #toBytes()} may be longer than the value. */
  public static final int MAX_OVERHEAD_BYTES = 128;

  private static final Pattern LINE =
      Pattern.compile(
          "AutoTls (?:value (?<value>[0-9a-f]{32})"
              + "|(?<kind>tombstone|removal) (?<nonce>[0-9a-f]{32}) (?<at>[0-9TZ:.+-]{20,40}))\n");

  private static final byte[] NOTHING = {};

  private enum Kind {
    VALUE,
    TOMBSTONE,
    /** A tombstone that is about to be removed. */
    REMOVAL;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private final Kind kind;
  private final String nonce; // empty in what somebody else wrote
  private final byte[] value; // empty in a tombstone
  private final @Nullable Instant deletedAt; // null unless a tombstone

  private VersionedValue(Kind kind, String nonce, byte[] value, @Nullable Instant deletedAt) {
    this.kind = kind;
    this.nonce = nonce;
    this.value = value;
    this.deletedAt = deletedAt;
  }

  /** A value to be stored, with a new nonce of 128 bits. */
  public static VersionedValue of(byte[] value, RandomGenerator random) {
    return new VersionedValue(Kind.VALUE, nonce(random), value.clone(), null);
  }

  /**
   * What is stored in place of an entry that is deleted, where the store cannot delete on a
   * condition.
   *
   * @param at when it is deleted
   */
  public static VersionedValue tombstone(Instant at, RandomGenerator random) {
    return tombstone(Kind.TOMBSTONE, at, random);
  }

  /** A tombstone that is about to be removed itself. */
  static VersionedValue removal(Instant at, RandomGenerator random) {
    return tombstone(Kind.REMOVAL, at, random);
  }

  private static VersionedValue tombstone(Kind kind, Instant at, RandomGenerator random) {
    return new VersionedValue(kind, nonce(random), NOTHING, Objects.requireNonNull(at, "at"));
  }

  private static String nonce(RandomGenerator random) {
    byte[] bytes = new byte[16];
    random.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  /** Reads what {@link #toBytes()} made, or what somebody else wrote. */
  public static VersionedValue parse(byte[] stored) {
    int start = Math.min(stored.length, MAX_OVERHEAD_BYTES);
    Matcher line = LINE.matcher(new String(stored, 0, start, StandardCharsets.ISO_8859_1));
    boolean ours = line.lookingAt();
    if (ours && line.group("value") != null) {
      byte[] value = Arrays.copyOfRange(stored, line.end(), stored.length);
      return new VersionedValue(Kind.VALUE, line.group("value"), value, null);
    }
    try {
      return ours ? parseTombstone(line) : foreign(stored);
    } catch (DateTimeException e) {
      return foreign(stored);
    }
  }

  private static VersionedValue parseTombstone(Matcher line) {
    Kind kind = Kind.valueOf(line.group("kind").toUpperCase(Locale.ROOT));
    return new VersionedValue(kind, line.group("nonce"), NOTHING, Instant.parse(line.group("at")));
  }

  private static VersionedValue foreign(byte[] stored) {
    return new VersionedValue(Kind.VALUE, "", stored.clone(), null);
  }

  /** What to store. */
  public byte[] toBytes() {
    if (nonce.isEmpty()) {
      return value.clone();
    }
    String at = deletedAt == null ? "" : " " + deletedAt;
    String line = "AutoTls " + kind + " " + nonce + at + "\n";
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(line.length() + value.length);
    bytes.writeBytes(line.getBytes(StandardCharsets.ISO_8859_1));
    bytes.writeBytes(value);
    return bytes.toByteArray();
  }

  /** The value; empty for a tombstone, whose entry is deleted. */
  public Optional<byte[]> value() {
    return kind == Kind.VALUE ? Optional.of(value.clone()) : Optional.empty();
  }

  /** When the entry was deleted, by the clock of whoever did; empty unless this is a tombstone. */
  public Optional<Instant> deletedAt() {
    return Optional.ofNullable(deletedAt);
  }

  /** Whether this is a tombstone that is about to be removed. */
  boolean isRemoval() {
    return kind == Kind.REMOVAL;
  }

  /** What tells this write from all others; empty if somebody else wrote it. */
  public Optional<String> nonce() {
    return nonce.isEmpty() ? Optional.empty() : Optional.of(nonce);
  }

  /** Never the value, which may hold a private key. */
  @Override
  public String toString() {
    return "VersionedValue[" + kind + " of " + value.length + " bytes, nonce " + nonce + "]";
  }
}
