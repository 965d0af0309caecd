package io.autotls.internal.config;

import io.autotls.spi.IssuerFactory;
import io.autotls.spi.Setting;
import io.autotls.spi.SolverFactory;
import io.autotls.spi.StorageFactory;
import java.util.List;

/**
 * A factory that is on the class path or module path.
 *
 * @param title what people call it: {@code the storage file:}
 * @param choice what chooses it: {@code autotls.storage=file:…}
 * @param subject what its objections to a configuration are about
 * @param settings what it declares
 */
public record PlugIn<F>(
    F factory, String title, String choice, String subject, List<Setting<?>> settings) {
  static PlugIn<StorageFactory> of(StorageFactory factory) {
    String scheme = factory.scheme() + ":";
    return new PlugIn<>(
        factory,
        "the storage " + scheme,
        OwnSettings.STORAGE + "=" + scheme + "…",
        OwnSettings.STORAGE.name(),
        List.copyOf(factory.settings()));
  }

  static PlugIn<SolverFactory> of(SolverFactory factory) {
    return new PlugIn<>(
        factory,
        "the solver for " + factory.type(),
        OwnSettings.CHALLENGE + "=" + factory.type(),
        "the solver for " + factory.type(),
        List.copyOf(factory.settings()));
  }

  static PlugIn<IssuerFactory> of(IssuerFactory factory) {
    return new PlugIn<>(
        factory,
        "the issuer " + factory.name(),
        OwnSettings.CA + "=" + factory.name(),
        OwnSettings.CA.name(),
        List.copyOf(factory.settings()));
  }

  boolean declares(String setting) {
    return settings.stream().anyMatch(one -> one.name().equals(setting));
  }
}
