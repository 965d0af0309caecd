package io.autotls.internal.issuance;

import io.autotls.CertificateSpec;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.Stream;

/** Which certificates a name is in, for those who ask by name. Safe for use by many threads. */
public final class NameIndex {
  private static final Comparator<ManagedCertificate> WANTED_FIRST =
      Comparator.comparing(ManagedCertificate::standing).thenComparing(ManagedCertificate::number);

  private final NavigableMap<String, List<ManagedCertificate>> byName =
      new ConcurrentSkipListMap<>(NameIndex::fromTheEnd);

  /** So that all names below a domain stand together. */
  private static int fromTheEnd(String a, String b) {
    int i = a.length();
    int j = b.length();
    while (i > 0 && j > 0) {
      int order = Character.compare(a.charAt(--i), b.charAt(--j));
      if (order != 0) {
        return order;
      }
    }
    return Integer.compare(i, j);
  }

  public void add(ManagedCertificate one) {
    for (String name : one.spec().names()) {
      byName.merge(name, List.of(one), (a, b) -> Stream.concat(a.stream(), b.stream()).toList());
    }
  }

  public void remove(ManagedCertificate one) {
    for (String name : one.spec().names()) {
      byName.computeIfPresent(
          name,
          (key, all) -> {
            List<ManagedCertificate> others = all.stream().filter(other -> other != one).toList();
            return others.isEmpty() ? null : others;
          });
    }
  }

  /**
   * Those that are wanted, in the order in which they were asked for, then those that stand in;
   * empty if nobody asked for that name.
   */
  public List<ManagedCertificate> find(String name) {
    return byName.getOrDefault(name, List.of()).stream().sorted(WANTED_FIRST).toList();
  }

  /** Those with the name, or with a wildcard for it. */
  public Stream<ManagedCertificate> covering(String name) {
    int dot = name.indexOf('.');
    Stream<ManagedCertificate> exact = byName.getOrDefault(name, List.of()).stream();
    return dot <= 0
        ? exact
        : Stream.concat(exact, byName.getOrDefault("*" + name.substring(dot), List.of()).stream());
  }

  /** Those with one of a spec's names, or a name that a wildcard of it covers; some twice. */
  public Stream<ManagedCertificate> sharing(CertificateSpec spec) {
    return spec.names().stream()
        .flatMap(this::coveredBy)
        .flatMap(name -> byName.getOrDefault(name, List.of()).stream());
  }

  /** The names in any certificate that one for {@code name} is good for. */
  public Stream<String> coveredBy(String name) {
    if (!name.startsWith("*.")) {
      return Stream.of(name).filter(byName::containsKey);
    }
    String end = name.substring(1);
    return byName.tailMap(end).keySet().stream()
        .takeWhile(other -> other.endsWith(end))
        .filter(other -> other.indexOf('.') == other.length() - end.length());
  }
}
