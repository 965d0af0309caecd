package io.autotls.tomcat.internal;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;
import org.apache.tomcat.util.net.NioChannel;
import org.apache.tomcat.util.net.NioEndpoint;
import org.apache.tomcat.util.net.SocketEvent;
import org.apache.tomcat.util.net.SocketProcessorBase;
import org.apache.tomcat.util.net.SocketWrapperBase;
import org.jspecify.annotations.Nullable;

/**
 * Tells the TLS context which address a connection came to: a visitor who names no host came by an
 * address (RFC 6066 §3), and wants to see its certificate.
 */
final class AddressedEndpoint extends NioEndpoint {
  private static final String HTTP_1_1 = "http/1.1";

  // Tomcat makes the engine while it processes the connection, and passes nothing on.
  private final ThreadLocal<@Nullable InetAddress> processed = new ThreadLocal<>();

  @Override
  public void bind() throws Exception {
    // Tomcat speaks http/1.1 when there is nothing in common, and does not say so by ALPN.
    negotiableProtocols.remove(HTTP_1_1);
    negotiableProtocols.add(HTTP_1_1);
    super.bind();
  }

  @Override
  protected SocketProcessorBase<NioChannel> createSocketProcessor(
      SocketWrapperBase<NioChannel> socket, SocketEvent event) {
    return new AddressedProcessor(socket, event);
  }

  /** The local address of the connection that this thread works on. */
  Optional<InetAddress> localAddress() {
    return Optional.ofNullable(processed.get());
  }

  private final class AddressedProcessor extends SocketProcessor {
    AddressedProcessor(SocketWrapperBase<NioChannel> socket, SocketEvent event) {
      super(socket, event);
    }

    @Override
    protected void doRun() {
      processed.set(localAddress(socketWrapper));
      try {
        super.doRun();
      } finally {
        processed.remove();
      }
    }
  }

  private static @Nullable InetAddress localAddress(SocketWrapperBase<NioChannel> socket) {
    try {
      return socket.getSocket().getIOChannel().getLocalAddress() instanceof InetSocketAddress local
          ? local.getAddress()
          : null;
    } catch (IOException e) {
      return null; // it was closed just now
    }
  }
}
