package io.autotls.tomcat.internal;

import io.autotls.solver.tlsalpn.TlsAlpn01Solver;
import jakarta.servlet.http.WebConnection;
import java.nio.charset.StandardCharsets;
import org.apache.coyote.Adapter;
import org.apache.coyote.Processor;
import org.apache.coyote.Request;
import org.apache.coyote.UpgradeProtocol;
import org.apache.coyote.UpgradeToken;
import org.apache.coyote.http11.upgrade.InternalHttpUpgradeHandler;
import org.apache.coyote.http11.upgrade.UpgradeProcessorInternal;
import org.apache.tomcat.util.net.AbstractEndpoint.Handler.SocketState;
import org.apache.tomcat.util.net.SSLSupport;
import org.apache.tomcat.util.net.SocketEvent;
import org.apache.tomcat.util.net.SocketWrapperBase;
import org.jspecify.annotations.Nullable;

/**
 * The protocol {@code acme-tls/1}: a handshake, and nothing after it (RFC 8737 §3). Which
 * certificate the handshake shows is up to the key manager; Tomcat asks for a processor only after
 * the handshake is complete.
 */
final class AcmeTlsProtocol implements UpgradeProtocol {
  private static final String NAME = TlsAlpn01Solver.PROTOCOL;

  @Override
  public @Nullable String getHttpUpgradeName(boolean sslEnabled) {
    return null; // only ALPN leads here, never an Upgrade header
  }

  @Override
  public byte[] getAlpnIdentifier() {
    return NAME.getBytes(StandardCharsets.US_ASCII);
  }

  @Override
  public String getAlpnName() {
    return NAME;
  }

  @Override
  public Processor getProcessor(SocketWrapperBase<?> socket, Adapter adapter) {
    return new UpgradeProcessorInternal(
        socket, new UpgradeToken(new Hangup(), null, null, NAME), null);
  }

  @Override
  public InternalHttpUpgradeHandler getInternalUpgradeHandler(
      SocketWrapperBase<?> socket, Adapter adapter, Request request) {
    return new Hangup();
  }

  @Override
  public boolean accept(Request request) {
    return false;
  }

  /** Closes the connection at the first event after the handshake. */
  private static final class Hangup implements InternalHttpUpgradeHandler {
    @Override
    public SocketState upgradeDispatch(SocketEvent status) {
      return SocketState.CLOSED;
    }

    @Override
    public void init(WebConnection connection) {}

    @Override
    public void destroy() {}

    @Override
    public void timeoutAsync(long now) {}

    @Override
    public void setSocketWrapper(SocketWrapperBase<?> wrapper) {}

    @Override
    public void setSslSupport(SSLSupport sslSupport) {}

    @Override
    public void pause() {}
  }
}
