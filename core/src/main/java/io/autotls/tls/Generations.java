package io.autotls.tls;

import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Aliases to credentials. JSSE asks for alias, key and chain in separate calls, so a credential has
 * to stay resolvable for a while after it was replaced: the last {@value #RETIRED} retired ones do.
 * The calls of one handshake are microseconds apart, that many swaps are not.
 *
 * <p>Reading takes no lock.
 */
final class Generations {
  static final int RETIRED = 1024;

  private final Map<String, Generation> byAlias = new ConcurrentHashMap<>();
  private final Set<String> retired = new LinkedHashSet<>(); // oldest first

  private static final class Generation {
    private final Credential credential;
    private int uses;

    private Generation(Credential credential) {
      this.credential = credential;
    }
  }

  @Nullable Credential find(String alias) {
    Generation generation = byAlias.get(alias);
    return generation == null ? null : generation.credential;
  }

  /** Keeps {@code credential} resolvable until it is released as often as it was retained. */
  synchronized void retain(Credential credential) {
    String alias = credential.alias();
    byAlias.computeIfAbsent(alias, key -> new Generation(credential)).uses++;
    retired.remove(alias);
  }

  /** Takes one use back; without any, the credential stays resolvable for a while. */
  synchronized void release(Credential credential) {
    String alias = credential.alias();
    Generation generation = byAlias.get(alias);
    if (generation != null && --generation.uses == 0) {
      retire(alias);
    }
  }

  /** Makes {@code credential} resolvable for a while. */
  void mention(Credential credential) {
    if (!byAlias.containsKey(credential.alias())) {
      retain(credential);
      release(credential);
    }
  }

  int size() {
    return byAlias.size();
  }

  private void retire(String alias) {
    retired.add(alias);
    if (retired.size() > RETIRED) {
      Iterator<String> oldest = retired.iterator();
      byAlias.remove(oldest.next());
      oldest.remove();
    }
  }
}
