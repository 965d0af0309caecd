package io.autotls;

import io.autotls.internal.text.Sha256;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * Parts many names into groups that fit into certificates. A group that is too large is halved by
 * the next bit of a hash of its names, again and again: which group a name belongs to depends on
 * the names beside it only, so a change of one name touches one group. Pure functions.
 */
final class NameGroups {
  private static final int BITS = 256;

  private NameGroups() {}

  /** A name with its hash. */
  private record Hashed(String name, byte[] hash) {
    private boolean bit(int index) {
      return (hash[index / 8] >> (7 - index % 8) & 1) == 1;
    }
  }

  /** Groups of at most {@code most} names, each in the order in which the names came. */
  static List<List<String>> of(Collection<String> names, int most) {
    List<List<String>> groups = new ArrayList<>();
    if (names.size() <= most) {
      groups.add(List.copyOf(names));
      return groups;
    }
    part(names.stream().map(name -> new Hashed(name, Sha256.of(name))).toList(), most, 0, groups);
    return groups;
  }

  private static void part(List<Hashed> names, int most, int bit, List<List<String>> groups) {
    if (names.isEmpty()) {
      return;
    }
    if (names.size() <= most || bit == BITS) {
      groups.add(names.stream().map(Hashed::name).toList());
      return;
    }
    part(names.stream().filter(name -> !name.bit(bit)).toList(), most, bit + 1, groups);
    part(names.stream().filter(name -> name.bit(bit)).toList(), most, bit + 1, groups);
  }
}
