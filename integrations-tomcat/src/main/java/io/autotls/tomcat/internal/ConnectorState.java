package io.autotls.tomcat.internal;

import io.autotls.spi.Attachment;
import org.apache.catalina.Lifecycle;
import org.apache.catalina.LifecycleEvent;
import org.apache.catalina.LifecycleListener;

/**
 * Tells a solver whether a connector accepts connections. Tomcat binds the port when it initializes
 * the connector but accepts only from the start on.
 */
final class ConnectorState implements LifecycleListener {
  private final Attachment attachment;

  ConnectorState(Attachment attachment) {
    this.attachment = attachment;
  }

  @Override
  public void lifecycleEvent(LifecycleEvent event) {
    switch (event.getType()) {
      case Lifecycle.AFTER_START_EVENT -> attachment.listening();
      case Lifecycle.BEFORE_STOP_EVENT, Lifecycle.AFTER_STOP_EVENT -> attachment.stopped();
      default -> {
        // Initialization changes nothing.
      }
    }
  }
}
