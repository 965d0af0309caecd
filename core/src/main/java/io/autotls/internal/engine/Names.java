package io.autotls.internal.engine;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/** Which certificates a name is in, for those who ask by name. Safe for use by many threads. */
final class Names {
  private final Map<String, List<Managed>> byName = new ConcurrentHashMap<>();

  void add(Managed one) {
    for (String name : one.spec().names()) {
      byName.merge(name, List.of(one), (a, b) -> Stream.concat(a.stream(), b.stream()).toList());
    }
  }

  void remove(Managed one) {
    for (String name : one.spec().names()) {
      byName.computeIfPresent(
          name,
          (key, all) -> {
            List<Managed> others = all.stream().filter(other -> other != one).toList();
            return others.isEmpty() ? null : others;
          });
    }
  }

  /** In the order in which they were asked for; empty if nobody asked for that name. */
  List<Managed> find(String name) {
    return byName.getOrDefault(name, List.of());
  }
}
