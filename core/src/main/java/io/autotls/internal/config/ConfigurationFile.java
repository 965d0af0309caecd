package io.autotls.internal.config;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Properties;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads files that people wrote, on whatever system: with or without a byte order mark, in UTF-8 or
 * in what Windows calls Unicode. Bounded, and what it throws is a sentence without the name of a
 * class.
 */
final class ConfigurationFile {
  private static final Logger log = LoggerFactory.getLogger(ConfigurationFile.class);

  private static final int MAX_BYTES = 64 * 1024;

  private ConfigurationFile() {}

  /** Properties that notice what stands there twice with different values. */
  private static final class Attentive extends Properties {
    private static final long serialVersionUID = 1L;

    private final transient Set<Object> twice = new LinkedHashSet<>();

    @Override
    public synchronized @Nullable Object put(Object key, Object value) {
      Object before = super.put(key, value);
      if (before != null && !before.equals(value)) {
        twice.add(key);
      }
      return before;
    }
  }

  /** The properties in a text; {@code source} says for messages where it is from. */
  static Properties properties(String text, String source) throws IOException {
    Attentive properties = new Attentive();
    try {
      properties.load(new StringReader(text));
    } catch (IllegalArgumentException e) {
      throw new IOException("it has a \\u without four hexadecimal digits after it", e);
    }
    properties.twice.forEach(
        key -> log.warn("{} stands in {} twice; the last one counts.", key, source));
    return properties;
  }

  /** The text of a file. */
  static String read(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return read(in);
    } catch (FileSystemException e) {
      throw new IOException(reason(e), e);
    }
  }

  /** The text of a stream. */
  static String read(InputStream in) throws IOException {
    byte[] bytes = in.readNBytes(MAX_BYTES + 1);
    if (bytes.length > MAX_BYTES) {
      throw new IOException("it is larger than 64 KiB");
    }
    return decode(bytes);
  }

  private static String decode(byte[] bytes) throws IOException {
    int first = bytes.length < 2 ? 0 : (bytes[0] & 0xff) << 8 | bytes[1] & 0xff;
    boolean utf16 = first == 0xfffe || first == 0xfeff;
    Charset charset = utf16 ? StandardCharsets.UTF_16 : StandardCharsets.UTF_8;
    try {
      String text = charset.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      return text.startsWith("\ufeff") ? text.substring(1) : text;
    } catch (CharacterCodingException e) {
      throw new IOException("it is not in UTF-8; save it so", e);
    }
  }

  /** The certificates' bytes of a file, no more than {@code most} of them. */
  static InputStream bytes(Path file, int most) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(most + 1);
      if (bytes.length > most) {
        throw new IOException("it is larger than " + (most >> 20) + " MiB");
      }
      return new ByteArrayInputStream(bytes);
    } catch (FileSystemException e) {
      throw new IOException(reason(e), e);
    }
  }

  private static String reason(FileSystemException e) {
    if (e instanceof NoSuchFileException) {
      return "there is no such file";
    } else if (e instanceof AccessDeniedException) {
      return "the user of this process may not read it";
    }
    return e.getReason() == null ? "it is no readable file" : e.getReason();
  }
}
