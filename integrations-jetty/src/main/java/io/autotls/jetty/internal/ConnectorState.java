package io.autotls.jetty.internal;

import io.autotls.spi.Attachment;
import org.eclipse.jetty.server.NetworkConnector;
import org.eclipse.jetty.util.component.LifeCycle;

/**
 * Tells a solver whether a connector accepts connections. A connector opens its port before the
 * handlers of the server are started, and serves only after that: so "started" counts, not "open".
 */
final class ConnectorState implements LifeCycle.Listener, NetworkConnector.Listener {
  private final Attachment attachment;

  ConnectorState(Attachment attachment) {
    this.attachment = attachment;
  }

  @Override
  public void lifeCycleStarted(LifeCycle connector) {
    attachment.listening();
  }

  @Override
  public void lifeCycleStopping(LifeCycle connector) {
    attachment.stopped();
  }

  @Override
  public void lifeCycleFailure(LifeCycle connector, Throwable cause) {
    attachment.stopped();
  }

  @Override
  public void onClose(NetworkConnector connector) {
    // A graceful shutdown closes the port long before the connector stops.
    attachment.stopped();
  }
}
