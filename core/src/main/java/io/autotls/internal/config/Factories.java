package io.autotls.internal.config;

import io.autotls.spi.Setting;
import io.autotls.spi.SpiContext;
import io.autotls.spi.TimeSource;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Executor;
import java.util.function.BiFunction;

/** Has plug-ins made by their factories, and knows which settings that took. */
public final class Factories {
  private final InstalledPlugIns installed;
  private final Configuration configuration;
  private final TimeSource time;
  private final Executor executor;
  private final PlugInCalls calls;
  private final Deque<AutoCloseable> made = new ConcurrentLinkedDeque<>();
  private final Set<PlugIn<?>> used = ConcurrentHashMap.newKeySet();
  private final Set<String> asked = ConcurrentHashMap.newKeySet();

  /** For one {@code AutoTls}. */
  public Factories(
      InstalledPlugIns installed, Configuration configuration, TimeSource time, Executor executor) {
    this.installed = installed;
    this.configuration = configuration;
    this.time = time;
    this.executor = executor;
    this.calls = new PlugInCalls(configuration);
  }

  /** What there is. */
  public InstalledPlugIns installed() {
    return installed;
  }

  Configuration configuration() {
    return configuration;
  }

  /** Calls plug-ins, and makes sentences of what they throw. */
  public PlugInCalls calls() {
    return calls;
  }

  /** Makes one. */
  public <F, T extends AutoCloseable> T create(
      PlugIn<F> plugIn, BiFunction<F, SpiContext, T> create) {
    used.add(plugIn);
    T result = calls.create(plugIn, () -> create.apply(plugIn.factory(), new Context(plugIn)));
    made.push(result);
    return result;
  }

  /** Closes all that were made, because of a failure: nothing is to be left of them. */
  public void discard(RuntimeException failure) {
    for (AutoCloseable one : made) {
      try {
        one.close();
      } catch (Exception e) {
        failure.addSuppressed(e); // what went wrong first matters more
      }
    }
    made.clear();
  }

  /**
   * What is set and was not asked for, one sentence each: of a plug-in that is not used, or that
   * has no use for it as it is configured.
   */
  public List<String> withoutEffect() {
    return installed.all().stream()
        .flatMap(plugIn -> plugIn.settings().stream().map(setting -> hint(plugIn, setting)))
        .flatMap(Optional::stream)
        .distinct()
        .toList();
  }

  private Optional<String> hint(PlugIn<?> plugIn, Setting<?> setting) {
    if (!configuration.isSet(setting) || asked.contains(setting.name())) {
      return Optional.empty();
    }
    return Optional.of(
        configuration.subject(setting)
            + " has no effect: it belongs to "
            + plugIn.title()
            + (used.contains(plugIn)
                ? ", which does not look at it as it is configured. To do: nothing, or remove it."
                : ", which is not used. To do: set " + plugIn.choice() + ", or remove it."));
  }

  /** What one factory sees. */
  private final class Context implements SpiContext {
    private final PlugIn<?> plugIn;

    private Context(PlugIn<?> plugIn) {
      this.plugIn = plugIn;
    }

    @Override
    public <T> T setting(Setting<T> setting) {
      if (!plugIn.declares(setting.name())) {
        throw new IllegalStateException(
            "it asks for " + setting.name() + ", which its settings() does not declare");
      }
      asked.add(setting.name());
      return configuration.get(setting);
    }

    @Override
    public TimeSource time() {
      return time;
    }

    @Override
    public Executor executor() {
      return executor;
    }

    @Override
    public int httpPort() {
      return configuration.get(OwnSettings.HTTP_PORT);
    }
  }
}
