package io.autotls.internal.record;

import io.autotls.CertificateSpec;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Which names of a certificate kept its last attempts from succeeding, and which of them are left
 * out for now: the others get a {@linkplain #remainder certificate without them} meanwhile. All of
 * it is forgotten when the whole certificate is there. Stored with the record, so that all nodes
 * agree. Immutable.
 *
 * @param inARow how many attempts each name has spoiled since the last success
 * @param leftOut names that others do not wait for any more; never all of a certificate's
 */
public record NameFailures(Map<String, Integer> inARow, Set<String> leftOut) {
  static final NameFailures NONE = new NameFailures(Map.of(), Set.of());

  /** So many attempts may be spoiled by something that passes, such as a resolver that restarts. */
  private static final int REPEATED = 3;

  public NameFailures {
    inARow = Map.copyOf(inARow);
    leftOut = Set.copyOf(leftOut);
  }

  /** Whether the others are to wait no longer for one of the names. */
  public enum Patience {
    /** A name that failed repeatedly is left out. */
    EXHAUSTED,
    /**
     * Nothing is left out that is not already: what is in service lasts, or all names are required.
     */
    LEFT
  }

  /** Those of a certificate's names that an issuer blames, with or without their {@code *.}. */
  public static Set<String> blamed(CertificateSpec spec, Collection<String> identifiers) {
    return spec.names().stream()
        .filter(name -> identifiers.contains(name) || identifiers.contains(withoutWildcard(name)))
        .collect(Collectors.toSet());
  }

  private static String withoutWildcard(String name) {
    return name.startsWith("*.") ? name.substring(2) : name;
  }

  /** After one more attempt that these names spoiled. */
  public NameFailures after(CertificateSpec spec, Set<String> blamed, Patience patience) {
    if (blamed.isEmpty()) {
      return this;
    }
    Map<String, Integer> counts = new HashMap<>(inARow);
    blamed.forEach(name -> counts.merge(name, 1, Integer::sum));
    Set<String> out = new HashSet<>(leftOut);
    if (patience == Patience.EXHAUSTED) {
      counts.forEach((name, count) -> addIfRepeated(out, name, count));
    }
    boolean anybodyLeft = !out.containsAll(spec.names());
    return new NameFailures(counts, anybodyLeft ? out : leftOut);
  }

  private static void addIfRepeated(Set<String> out, String name, int count) {
    if (count >= REPEATED) {
      out.add(name);
    }
  }

  /** Whether one of the names has not failed often enough to be left out. */
  public boolean mayPass(Set<String> names) {
    return names.stream().anyMatch(name -> inARow.getOrDefault(name, 0) < REPEATED);
  }

  /** The certificate for the names that are not left out; empty if none is. */
  public Optional<CertificateSpec> remainder(CertificateSpec spec) {
    if (leftOut.isEmpty()) {
      return Optional.empty();
    }
    List<String> others = spec.names().stream().filter(name -> !leftOut.contains(name)).toList();
    if (others.isEmpty() || others.size() == spec.names().size()) {
      return Optional.empty();
    }
    CertificateSpec.Builder builder =
        CertificateSpec.builder().names(others).keyType(spec.keyType()).profiles(spec.profiles());
    return Optional.of(spec.reusesKey() ? builder.reuseKey().build() : builder.build());
  }
}
