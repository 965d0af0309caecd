package io.autotls.logging;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.slf4j.ILoggerFactory;
import org.slf4j.IMarkerFactory;
import org.slf4j.Logger;
import org.slf4j.Marker;
import org.slf4j.event.Level;
import org.slf4j.helpers.BasicMarkerFactory;
import org.slf4j.helpers.LegacyAbstractLogger;
import org.slf4j.helpers.MessageFormatter;
import org.slf4j.helpers.NOPMDCAdapter;
import org.slf4j.spi.MDCAdapter;
import org.slf4j.spi.SLF4JServiceProvider;

/**
 * What the tests of this module log to: {@link LoggedLines}, where one is open, and nothing else,
 * since simulated clusters warn many thousand times. {@code -Dtest.log=true} prints everything as
 * well.
 */
public final class TestLogging implements SLF4JServiceProvider {
  private final IMarkerFactory markers = new BasicMarkerFactory();
  private final MDCAdapter context = new NOPMDCAdapter();
  private final Factory loggers = new Factory();

  /** For {@link java.util.ServiceLoader}. */
  public TestLogging() {}

  @Override
  public void initialize() {}

  @Override
  public ILoggerFactory getLoggerFactory() {
    return loggers;
  }

  @Override
  public IMarkerFactory getMarkerFactory() {
    return markers;
  }

  @Override
  public MDCAdapter getMDCAdapter() {
    return context;
  }

  @Override
  public String getRequestedApiVersion() {
    return "2.0.99";
  }

  static final class Factory implements ILoggerFactory {
    private final Map<String, Logger> loggers = new ConcurrentHashMap<>();
    private final List<LoggedLines> listeners = new CopyOnWriteArrayList<>();
    private final boolean printing = Boolean.getBoolean("test.log");

    @Override
    public Logger getLogger(String name) {
      return loggers.computeIfAbsent(name, each -> new TestLogger(each, this));
    }

    void add(LoggedLines listener) {
      listeners.add(listener);
    }

    void remove(LoggedLines listener) {
      listeners.remove(listener);
    }

    private boolean isHeard(Level level) {
      return level.toInt() >= Level.INFO.toInt() && (printing || !listeners.isEmpty());
    }

    private void log(Level level, String logger, String message, @Nullable Throwable cause) {
      listeners.forEach(listener -> listener.add(level, message));
      if (printing) {
        System.err.println(
            "[" + Thread.currentThread().getName() + "] " + level + " " + logger + " - " + message);
        if (cause != null) {
          cause.printStackTrace();
        }
      }
    }
  }

  private static final class TestLogger extends LegacyAbstractLogger {
    private static final long serialVersionUID = 1;

    private final transient Factory factory;

    TestLogger(String name, Factory factory) {
      this.name = name;
      this.factory = factory;
    }

    @Override
    public boolean isTraceEnabled() {
      return factory.isHeard(Level.TRACE);
    }

    @Override
    public boolean isDebugEnabled() {
      return factory.isHeard(Level.DEBUG);
    }

    @Override
    public boolean isInfoEnabled() {
      return factory.isHeard(Level.INFO);
    }

    @Override
    public boolean isWarnEnabled() {
      return factory.isHeard(Level.WARN);
    }

    @Override
    public boolean isErrorEnabled() {
      return factory.isHeard(Level.ERROR);
    }

    @Override
    protected @Nullable String getFullyQualifiedCallerName() {
      return null;
    }

    @Override
    protected void handleNormalizedLoggingCall(
        Level level,
        @Nullable Marker marker,
        String message,
        Object @Nullable [] arguments,
        @Nullable Throwable cause) {
      factory.log(level, name, MessageFormatter.basicArrayFormat(message, arguments), cause);
    }
  }
}
