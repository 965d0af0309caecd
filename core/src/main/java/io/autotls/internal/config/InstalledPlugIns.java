package io.autotls.internal.config;

import io.autotls.spi.IssuerFactory;
import io.autotls.spi.SolverFactory;
import io.autotls.spi.StorageFactory;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.ServiceLoader;
import java.util.function.Function;

/** The plug-ins that are on the class path or module path, used or not. */
public record InstalledPlugIns(
    List<PlugIn<StorageFactory>> storages,
    List<PlugIn<SolverFactory>> solvers,
    List<PlugIn<IssuerFactory>> issuers) {
  /** Copies the lists, and puts solvers in the order in which they are to be tried. */
  public InstalledPlugIns {
    storages = List.copyOf(storages);
    solvers =
        solvers.stream()
            .sorted(Comparator.comparingInt(plugIn -> plugIn.factory().order()))
            .toList();
    issuers = List.copyOf(issuers);
  }

  /**
   * Looks for them.
   *
   * @throws io.autotls.ConfigurationException if one cannot be loaded
   */
  public static InstalledPlugIns find() {
    return of(
        loader(StorageFactory.class), loader(SolverFactory.class), loader(IssuerFactory.class));
  }

  /** Those of these factories. */
  public static InstalledPlugIns of(
      Iterable<StorageFactory> storages,
      Iterable<SolverFactory> solvers,
      Iterable<IssuerFactory> issuers) {
    return new InstalledPlugIns(
        found(storages, PlugIn::of), found(solvers, PlugIn::of), found(issuers, PlugIn::of));
  }

  private static <F> ServiceLoader<F> loader(Class<F> type) {
    // The loader of this class sees what the application put beside it, whatever thread asks.
    return ServiceLoader.load(type, InstalledPlugIns.class.getClassLoader());
  }

  private static <F> List<PlugIn<F>> found(
      Iterable<F> factories, Function<F, PlugIn<F>> description) {
    return new PlugInCalls(text -> text)
        .call(
            "A plug-in on the class path cannot be loaded",
            () -> {
              List<PlugIn<F>> all = new ArrayList<>();
              factories.forEach(factory -> all.add(description.apply(factory)));
              return all;
            });
  }

  /** All of them. */
  public List<PlugIn<?>> all() {
    List<PlugIn<?>> all = new ArrayList<>(storages);
    all.addAll(solvers);
    all.addAll(issuers);
    return all;
  }

  /** All settings that exist with them. */
  public Declarations declarations() {
    return Declarations.with(all());
  }
}
