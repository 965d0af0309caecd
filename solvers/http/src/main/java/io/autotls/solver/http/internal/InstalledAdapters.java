package io.autotls.solver.http.internal;

import io.autotls.spi.ServerAdapter;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.stream.Collectors;

/** The adapters for servers that are on the class path or module path. */
public final class InstalledAdapters {
  private InstalledAdapters() {}

  /** What to call to install one of them; empty if there is none. */
  public static Optional<String> installation(ClassLoader loader) {
    String calls =
        ServiceLoader.load(ServerAdapter.class, loader).stream()
            .map(provider -> provider.get().installation())
            .collect(Collectors.joining(" or "));
    return calls.isEmpty() ? Optional.empty() : Optional.of(calls);
  }
}
