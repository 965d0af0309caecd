package io.autotls.testing.conformance;

import java.util.Comparator;

/**
 * A test that says which duties it covers.
 *
 * @param source the file, from the root of the repository, with slashes
 * @param type the class
 * @param method the method; empty if the whole class says it
 */
record Fact(String source, String type, String method) implements Comparable<Fact> {
  @Override
  public int compareTo(Fact other) {
    return Comparator.comparing(Fact::type)
        .thenComparing(Fact::source)
        .thenComparing(Fact::method)
        .compare(this, other);
  }
}
