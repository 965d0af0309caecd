package io.autotls.tomcat.internal;

import io.autotls.solver.tlsalpn.TlsAlpn01Solver;
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
 * The protocol {@code acme-tls/1}: a handshake and nothing more (RFC 8737 §6.2). Tomcat asks for a
 * processor when the handshake is complete; this one closes the connection.
 */
public final class AcmeTlsProtocol implements UpgradeProtocol {
  /** Creates the protocol. */
  public AcmeTlsProtocol() {}

  @Override
  public @Nullable String getHttpUpgradeName(boolean isSslEnabled) {
    return null; // only by ALPN
  }

  @Override
  public byte @Nullable [] getAlpnIdentifier() {
    return TlsAlpn01Solver.PROTOCOL.getBytes(java.nio.charset.StandardCharsets.US_ASCII);
  }

  @Override
  public String getAlpnName() {
    return TlsAlpn01Solver.PROTOCOL;
  }

  @Override
  public Processor getProcessor(SocketWrapperBase<?> socket, Adapter adapter) {
    return new UpgradeProcessorInternal(
        socket, new UpgradeToken(new Silence(), null, null, getAlpnName()), null);
  }

  @Override
  public @Nullable InternalHttpUpgradeHandler getInternalUpgradeHandler(
      SocketWrapperBase<?> socket, Adapter adapter, Request request) {
    return null;
  }

  @Override
  public boolean accept(Request request) {
    return false;
  }

  private static final class Silence implements InternalHttpUpgradeHandler {
    @Override
    public void init(jakarta.servlet.http.@Nullable WebConnection connection) {}

    @Override
    public void destroy() {}

    @Override
    public SocketState upgradeDispatch(SocketEvent status) {
      return SocketState.CLOSED;
    }

    @Override
    public void timeoutAsync(long now) {}

    @Override
    public void setSocketWrapper(SocketWrapperBase<?> wrapper) {}

    @Override
    public void setSslSupport(SSLSupport sslSupport) {}

    @Override
    public void pause() {}

    @Override
    public boolean hasAsyncIO() {
      return false;
    }
  }
}
