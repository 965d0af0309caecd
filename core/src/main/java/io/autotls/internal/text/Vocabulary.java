package io.autotls.internal.text;

import java.util.Set;

/**
 * What a node knows of one kind of document; all else in it is from a newer one.
 *
 * @param headers the names of headers
 * @param headerFamilies how names of headers begin of which there may be any number
 * @param sections the names of sections
 * @param sectionFamilies how names of sections begin of which there may be any number
 */
public record Vocabulary(
    Set<String> headers,
    Set<String> headerFamilies,
    Set<String> sections,
    Set<String> sectionFamilies) {
  public Vocabulary {
    headers = Set.copyOf(headers);
    headerFamilies = Set.copyOf(headerFamilies);
    sections = Set.copyOf(sections);
    sectionFamilies = Set.copyOf(sectionFamilies);
  }

  public static Vocabulary of(Set<String> headers, Set<String> sections) {
    return new Vocabulary(headers, Set.of(), sections, Set.of());
  }

  boolean hasHeader(String name) {
    return headers.contains(name)
        || name.equals(FormatVersion.HEADER)
        || headerFamilies.stream().anyMatch(name::startsWith);
  }

  boolean hasSection(String name) {
    return sections.contains(name) || sectionFamilies.stream().anyMatch(name::startsWith);
  }
}
