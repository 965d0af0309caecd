package io.autotls.testing.conformance;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Duties under their headings, as the text files beside this class have them. */
record Checklist(Map<String, List<Duty>> sections) {
  /** The reason of those who were given no better one. */
  static final String NOT_NAMED = "no test names it yet";

  /** What the protocol asks of a client. */
  static Checklist protocol() {
    return read("duties.txt", fields -> new Duty(fields[0], "", fields[1], reason(fields)));
  }

  /** What went wrong in other clients. */
  static Checklist peers() {
    return read(
        "peers.txt", fields -> new Duty(fields[0], fields[1], fields[2], elsewhere(fields)));
  }

  /** What those ask who run many certificates, and the CAs that issue them. */
  static Checklist guide() {
    return read(
        "guide.txt", fields -> new Duty(fields[0], fields[1], fields[2], elsewhere(fields)));
  }

  List<Duty> duties() {
    return sections.values().stream().flatMap(List::stream).toList();
  }

  Optional<Duty> find(String id) {
    return duties().stream().filter(duty -> duty.id().equals(id)).findFirst();
  }

  private static String reason(String[] fields) {
    return fields.length > 2 ? fields[2] : null;
  }

  private static String elsewhere(String[] fields) {
    if (fields.length > 3) {
      return fields[3];
    }
    return fields[1].equals("protocol") ? null : NOT_NAMED + " (" + fields[1] + ")";
  }

  private static Checklist read(String file, Parser parser) {
    Map<String, List<Duty>> sections = new LinkedHashMap<>();
    Set<String> ids = new HashSet<>();
    String section = "";
    for (String line : lines(file)) {
      if (line.startsWith("== ")) {
        section = line.substring(3);
      } else if (!line.isBlank() && !line.startsWith("#")) {
        Duty duty = parser.parse(line.split(" \\| "));
        if (!ids.add(duty.id())) {
          throw new IllegalStateException(file + " has " + duty.id() + " twice");
        }
        sections.computeIfAbsent(section, name -> new ArrayList<>()).add(duty);
      }
    }
    return new Checklist(sections);
  }

  private static List<String> lines(String file) {
    try (InputStream text = Checklist.class.getResourceAsStream(file)) {
      return new String(text.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    } catch (IOException e) {
      throw new IllegalStateException(file, e);
    }
  }

  private interface Parser {
    Duty parse(String[] fields);
  }
}
