package io.autotls.internal.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;

/**
 * Replaces {@code ${env:NAME}} and {@code ${file:path}} in values; {@code $${} stands for itself
 * with one dollar. What is put in is not searched again.
 */
final class Placeholders {
  private static final int MAX_FILE_BYTES = 64 * 1024;

  private final Map<String, String> environment;
  private final Path workingDirectory;

  Placeholders(Map<String, String> environment, Path workingDirectory) {
    this.environment = environment;
    this.workingDirectory = workingDirectory;
  }

  /**
   * The value with its placeholders replaced.
   *
   * @throws UnresolvedException if one of them leads nowhere
   */
  String resolve(String raw) throws UnresolvedException {
    StringBuilder value = new StringBuilder();
    int position = 0;
    while (true) {
      int start = raw.indexOf("${", position);
      if (start < 0) {
        return value.append(raw, position, raw.length()).toString();
      }
      if (start > position && raw.charAt(start - 1) == '$') {
        value.append(raw, position, start - 1).append("${");
        position = start + 2;
        continue;
      }
      int end = raw.indexOf('}', start);
      if (end < 0) {
        throw new UnresolvedException(
            "a ${ is never closed", "write ${env:NAME} or ${file:/path}, or $${ for the text ${");
      }
      value.append(raw, position, start).append(lookUp(raw.substring(start + 2, end)));
      position = end + 1;
    }
  }

  /** Whether a value takes in the content of a file, which messages must not repeat. */
  static boolean readsFile(String raw) {
    return raw.contains("${file:");
  }

  private String lookUp(String name) throws UnresolvedException {
    if (name.startsWith("env:")) {
      return fromEnvironment(name.substring("env:".length()));
    }
    if (name.startsWith("file:")) {
      return fromFile(name.substring("file:".length()));
    }
    throw new UnresolvedException(
        "a placeholder begins with neither env: nor file:",
        "write ${env:NAME} or ${file:/path}, or $${ for the text ${");
  }

  private String fromEnvironment(String name) throws UnresolvedException {
    String value = environment.get(name);
    if (value == null) {
      throw new UnresolvedException(
          "the environment variable " + name + " is not set",
          "set it, or remove ${env:" + name + "}");
    }
    return value;
  }

  private String fromFile(String name) throws UnresolvedException {
    Path path;
    try {
      path = workingDirectory.resolve(name);
    } catch (InvalidPathException e) {
      throw new UnresolvedException("${file:…} holds no valid path", "correct the path");
    }
    byte[] content;
    try (InputStream in = Files.newInputStream(path)) {
      content = in.readNBytes(MAX_FILE_BYTES + 1);
    } catch (NoSuchFileException e) {
      throw new UnresolvedException(
          "the file " + path + " does not exist", "create it, or correct the path");
    } catch (IOException e) {
      throw new UnresolvedException(
          "the file " + path + " cannot be read (" + e.getClass().getSimpleName() + ")",
          "let user " + System.getProperty("user.name") + " read it, or correct the path");
    }
    if (content.length > MAX_FILE_BYTES) {
      throw new UnresolvedException(
          "the file " + path + " is larger than 64 KiB",
          "point to a file that holds the value alone");
    }
    return withoutLineEnd(decode(path, content));
  }

  private static String decode(Path path, byte[] content) throws UnresolvedException {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(content)).toString();
    } catch (CharacterCodingException e) {
      throw new UnresolvedException("the file " + path + " is not UTF-8", "convert it to UTF-8");
    }
  }

  private static String withoutLineEnd(String text) {
    if (text.endsWith("\r\n")) {
      return text.substring(0, text.length() - 2);
    }
    return text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
  }

  /** A placeholder leads nowhere. The message names what it points to, never what was found. */
  static final class UnresolvedException extends Exception {
    private static final long serialVersionUID = 1L;

    private final String remedy;

    UnresolvedException(String problem, String remedy) {
      super(problem);
      this.remedy = remedy;
    }

    String remedy() {
      return remedy;
    }
  }
}
