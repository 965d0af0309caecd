package io.autotls.spi;

import java.util.function.Consumer;

/** Hears of changes only, for tests in which nothing is lost. */
public record ChangeListener(Consumer<String> names) implements WatchListener {
  @Override
  public void changed(EntryInfo entry) {
    names.accept(entry.key().name());
  }

  @Override
  public void lost() {}

  @Override
  public void ended(Throwable cause) {
    throw new AssertionError("nothing ends this watch", cause);
  }
}
