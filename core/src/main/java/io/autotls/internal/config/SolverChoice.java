package io.autotls.internal.config;

import io.autotls.ConfigurationException;
import io.autotls.spi.ChallengeSolver;
import io.autotls.spi.SolverFactory;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Makes the solvers that {@code autotls.challenge} names, or all that there are. */
public final class SolverChoice {
  private final Factories factories;
  private final List<PlugIn<SolverFactory>> installed;

  /** Chooses among the plug-ins that are installed. */
  public SolverChoice(Factories factories) {
    this.factories = factories;
    this.installed = factories.installed().solvers();
  }

  /** Makes them, in the order in which they are to be tried. */
  public List<ChallengeSolver> all() {
    Optional<List<String>> wanted = factories.configuration().get(OwnSettings.CHALLENGE);
    List<PlugIn<SolverFactory>> chosen = wanted.map(this::named).orElseGet(this::firstOfEachType);
    return chosen.stream().map(plugIn -> factories.create(plugIn, SolverFactory::create)).toList();
  }

  private List<PlugIn<SolverFactory>> firstOfEachType() {
    Set<String> types = new HashSet<>();
    return installed.stream().filter(one -> types.add(one.factory().type())).toList();
  }

  private List<PlugIn<SolverFactory>> named(List<String> types) {
    return types.stream().map(this::named).distinct().toList();
  }

  private PlugIn<SolverFactory> named(String type) {
    String plain = plain(type);
    return installed.stream()
        .filter(
            one ->
                plain(one.factory().type()).equals(plain)
                    || plain(one.factory().type()).equals(plain + "01"))
        .findFirst()
        .orElseThrow(() -> unanswerable(type));
  }

  private static String plain(String type) {
    return type.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
  }

  private ConfigurationException unanswerable(String type) {
    String known =
        installed.stream().map(one -> one.factory().type()).collect(Collectors.joining(", "));
    return factories
        .configuration()
        .wrong(
            OwnSettings.CHALLENGE,
            "names \""
                + type
                + "\", and nothing on the class path answers that; there is "
                + (known.isEmpty() ? "nothing: add autotls-solver-http" : known));
  }
}
