package io.autotls.internal.config;

import io.autotls.ConfigurationException;
import io.autotls.KeyType;
import io.autotls.internal.config.KnownKeys.Secrecy;
import io.autotls.internal.names.DomainNames;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * One value with its key and where it was set, and ways to read it as what it is meant to be. Each
 * of them throws a {@link ConfigurationException} that says what to write instead.
 *
 * <p>A secret value, and one that was read from a file, never appears in a message.
 */
public final class Setting {
  /** Let's Encrypt and most others accept no more in one certificate. */
  static final int MAX_NAMES = 100;

  private static final int MAX_SHOWN = 120;

  private final String key;
  private final String source;
  private final String raw;
  private final String value;
  private final Secrecy secrecy;
  private final Path workingDirectory;

  Setting(
      String key, String source, String raw, String value, Secrecy secrecy, Path workingDirectory) {
    this.key = key;
    this.source = source;
    this.raw = raw;
    this.value = value;
    this.secrecy = secrecy;
    this.workingDirectory = workingDirectory;
  }

  public String key() {
    return key;
  }

  /** Where this was set, for messages: {@code environment variable AUTOTLS_EMAIL}. */
  public String source() {
    return source;
  }

  /** The value, without spaces around it. It may be secret. */
  public String value() {
    return value;
  }

  /** Reads {@code true} or {@code false}, and nothing else: {@code yes} may be a mistake. */
  public boolean asFlag() {
    return switch (value) {
      case "true" -> true;
      case "false" -> false;
      default -> throw invalid("neither true nor false", "write true or false");
    };
  }

  /** Reads a port; 0 lets the system choose one. */
  public int asPort() {
    if (value.matches("[0-9]{1,5}") && Integer.parseInt(value) <= 0xffff) {
      return Integer.parseInt(value);
    }
    if (source.contains("AUTOTLS_") && value.matches("(tcp|udp|sctp)://.*")) {
      throw invalid(
          "not a port; Kubernetes sets this variable in every pod near a Service of that name",
          "set enableServiceLinks: false in the pod, or rename the Service");
    }
    throw invalid("not a port", "write a number from 0 to 65535");
  }

  /** Reads the kind of key, for example {@code ec-p256}. */
  public KeyType asKeyType() {
    try {
      return KeyType.ofConfigName(value);
    } catch (IllegalArgumentException e) {
      throw invalid("not a key type", "write one of " + knownKeyTypes());
    }
  }

  /** Reads a path; relative ones are relative to the working directory. */
  public Path asPath() {
    try {
      return workingDirectory.resolve(value).normalize();
    } catch (InvalidPathException e) {
      throw invalid("not a path", "write the path of a file");
    }
  }

  /** Reads values that are separated by commas, at least one, none of them twice. */
  public List<String> asList() {
    Set<String> elements = new LinkedHashSet<>();
    for (String element : value.split(",", -1)) {
      String trimmed = element.strip();
      if (trimmed.isEmpty()) {
        throw invalid("there is nothing before, after or between commas", "remove one comma");
      }
      if (!elements.add(trimmed)) {
        throw invalid(detail(trimmed + " is there twice"), "remove one of them");
      }
    }
    return List.copyOf(elements);
  }

  /**
   * Reads the names of certificates: names separated by commas, certificates by semicolons, all in
   * the form in which certificates carry them, none of them twice in one certificate.
   */
  public List<List<String>> asCertificates() {
    List<List<String>> certificates = new ArrayList<>();
    for (String names : withoutFinalSeparator().split(";", -1)) {
      List<String> certificate = names(names);
      if (certificates.stream()
          .anyMatch(other -> Set.copyOf(other).equals(Set.copyOf(certificate)))) {
        throw invalid(
            detail("the certificate for " + String.join(", ", certificate) + " is there twice"),
            "remove one of them");
      }
      certificates.add(certificate);
    }
    return List.copyOf(certificates);
  }

  private String withoutFinalSeparator() {
    return value.endsWith(";") ? value.substring(0, value.length() - 1) : value;
  }

  private List<String> names(String list) {
    Set<String> names = new LinkedHashSet<>();
    for (String written : list.split(",", -1)) {
      if (written.isBlank()) {
        throw invalid(
            "a name is missing before, after or between separators",
            "write example.com, www.example.com; other.example.org");
      }
      String name = normalize(written);
      if (!names.add(name)) {
        throw invalid(detail(name + " is there twice"), "remove one of them");
      }
    }
    if (names.size() > MAX_NAMES) {
      throw invalid(
          "there are " + names.size() + " names in one certificate, and CAs accept 100",
          "spread them over several certificates, with a semicolon between these");
    }
    return List.copyOf(names);
  }

  private String normalize(String written) {
    try {
      return DomainNames.normalize(written);
    } catch (IllegalArgumentException e) {
      // The message of this one ends with what to write.
      throw invalid(
          detail(String.valueOf(e.getMessage())),
          "correct the name; commas separate names, semicolons certificates");
    }
  }

  /**
   * An exception that says what is wrong with this setting, and shows its value where that is
   * allowed. For readers elsewhere, too.
   *
   * @param problem what is wrong; must not repeat the value
   * @param remedy what to write instead
   */
  public ConfigurationException invalid(String problem, String remedy) {
    String shown =
        mayBeShown() ? "\"" + shortened(value) + "\" is wrong: " : "the value is wrong: ";
    return new ConfigurationException(key, source, shown + problem, remedy);
  }

  /** A part of a message that repeats the value, unless that must not be. */
  private String detail(String text) {
    return mayBeShown() ? text : "details are not shown, since they may be secret";
  }

  private boolean mayBeShown() {
    return secrecy == Secrecy.PUBLIC && !Placeholders.readsFile(raw);
  }

  private static String knownKeyTypes() {
    List<String> names = new ArrayList<>();
    for (KeyType type : KeyType.values()) {
      names.add(type.configName());
    }
    return String.join(", ", names);
  }

  private static String shortened(String text) {
    String line = text.replaceAll("\\p{Cntrl}", "?");
    return line.length() > MAX_SHOWN ? line.substring(0, MAX_SHOWN) + "…" : line;
  }

  @Override
  public String toString() {
    return key + " (" + source + ")"; // the value may be secret
  }
}
