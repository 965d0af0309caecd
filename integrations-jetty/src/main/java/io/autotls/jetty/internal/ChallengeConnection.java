package io.autotls.jetty.internal;

import java.io.IOException;
import org.eclipse.jetty.io.AbstractConnection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ssl.SslHandshakeListener;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.util.BufferUtil;

/**
 * What a CA that comes for TLS-ALPN-01 finds behind TLS: a handshake, and nothing after it (RFC
 * 8737 §3). No protocol of the connector is ever asked, whatever was negotiated.
 */
final class ChallengeConnection extends AbstractConnection implements SslHandshakeListener {
  private volatile boolean complete;

  ChallengeConnection(Connector connector, EndPoint decrypted) {
    super(decrypted, connector.getExecutor());
  }

  @Override
  public void onOpen() {
    super.onOpen();
    fillInterested();
  }

  @Override
  public void onFillable() {
    try {
      int filled = getEndPoint().fill(BufferUtil.EMPTY_BUFFER); // shakes hands, takes no data
      // Closing before the handshake is complete breaks it up to TLS 1.2.
      if (complete || filled < 0) {
        getEndPoint().shutdownOutput(); // says close_notify
        close();
      } else {
        fillInterested();
      }
    } catch (IOException e) {
      close();
    }
  }

  @Override
  public void handshakeSucceeded(Event event) {
    complete = true;
  }
}
