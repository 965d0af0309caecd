package io.autotls.jetty.internal;

import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.DetectorConnectionFactory;
import org.eclipse.jetty.server.SslConnectionFactory;

/**
 * The factories for TLS of a connector: in its own list, and in those that look at the first bytes
 * of a connection to tell TLS from plain http on the same port.
 */
final class TlsFactories {
  // By identity: one may be in the list and in a detector as well, and stays one.
  private final Map<SslConnectionFactory, SslConnectionFactory> replacements =
      new IdentityHashMap<>();

  private TlsFactories() {}

  /** Those among {@code factories}, and within them. */
  static TlsFactories of(Collection<? extends ConnectionFactory> factories) {
    TlsFactories found = new TlsFactories();
    found.collect(factories);
    return found;
  }

  private void collect(Collection<? extends ConnectionFactory> factories) {
    for (ConnectionFactory factory : factories) {
      if (factory instanceof SslConnectionFactory ssl) {
        replacements.put(ssl, ssl);
      } else if (factory instanceof DetectorConnectionFactory detector) {
        collect(detected(detector));
      }
    }
  }

  boolean isEmpty() {
    return replacements.isEmpty();
  }

  Collection<SslConnectionFactory> all() {
    return List.copyOf(replacements.keySet());
  }

  /** Puts another one in place of each, wherever it is. */
  void replaceIn(List<ConnectionFactory> factories, UnaryOperator<SslConnectionFactory> other) {
    replacements.replaceAll((ssl, same) -> other.apply(ssl));
    factories.replaceAll(this::replacement);
  }

  private ConnectionFactory replacement(ConnectionFactory factory) {
    if (factory instanceof SslConnectionFactory ssl) {
      return replacements.get(ssl);
    }
    return factory instanceof DetectorConnectionFactory detector
            && !of(detected(detector)).isEmpty()
        ? like(detector)
        : factory;
  }

  private DetectorConnectionFactory like(DetectorConnectionFactory original) {
    if (original.getClass() != DetectorConnectionFactory.class) {
      throw new IllegalArgumentException(
          original.getClass().getName()
              + " detects TLS in a way of its own. Give the connector a"
              + " DetectorConnectionFactory of Jetty, or an SslConnectionFactory");
    }
    DetectorConnectionFactory copy =
        new DetectorConnectionFactory(
            detected(original).stream()
                .map(one -> (ConnectionFactory.Detecting) replacement(one))
                .toArray(ConnectionFactory.Detecting[]::new));
    copy.setInputBufferSize(original.getInputBufferSize());
    original.getEventListeners().forEach(copy::addEventListener);
    return copy;
  }

  private static Collection<ConnectionFactory.Detecting> detected(
      DetectorConnectionFactory detector) {
    return detector.getBeans(ConnectionFactory.Detecting.class);
  }
}
