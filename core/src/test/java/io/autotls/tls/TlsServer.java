package io.autotls.tls;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;

/**
 * A server on the loopback address that shakes hands, sends one byte, and closes. It offers {@code
 * acme-tls/1} after {@code h2} and {@code http/1.1}.
 */
abstract sealed class TlsServer implements AutoCloseable {
  static final byte GREETING = 'k';
  private static final String[] PROTOCOLS = {"h2", "http/1.1", "acme-tls/1"};

  private final ExecutorService threads = Executors.newCachedThreadPool();

  /** How a server gets from a connection to TLS. */
  enum Kind {
    /** {@link SSLServerSocket}. */
    SOCKETS,
    /** {@link SSLEngine}, made after a look into the ClientHello. */
    ENGINES
  }

  static TlsServer start(Kind kind, SSLContext context) {
    try {
      TlsServer server =
          kind == Kind.SOCKETS ? new SocketServer(context) : new EngineServer(context);
      server.threads.execute(server::acceptAll);
      return server;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  abstract int port();

  /** Accepts the next connection, and returns what is to be done with it. */
  abstract Connection accept() throws IOException;

  abstract void stopListening() throws IOException;

  interface Connection {
    void serve() throws IOException;
  }

  private void acceptAll() {
    try {
      while (true) {
        Connection connection = accept();
        threads.execute(
            () -> {
              try {
                connection.serve();
              } catch (IOException e) {
                // The visitor sees the same failure, and that is what tests look at.
              }
            });
      }
    } catch (IOException e) {
      // closed
    }
  }

  @Override
  public void close() {
    try {
      stopListening();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    threads.shutdownNow();
  }

  private static final class SocketServer extends TlsServer {
    private final SSLServerSocket listening;

    SocketServer(SSLContext context) throws IOException {
      listening =
          (SSLServerSocket)
              context
                  .getServerSocketFactory()
                  .createServerSocket(0, 100, InetAddress.getLoopbackAddress());
      SSLParameters parameters = listening.getSSLParameters();
      parameters.setApplicationProtocols(PROTOCOLS);
      listening.setSSLParameters(parameters);
    }

    @Override
    int port() {
      return listening.getLocalPort();
    }

    @Override
    Connection accept() throws IOException {
      SSLSocket socket = (SSLSocket) listening.accept();
      socket.setSoTimeout(20_000);
      return () -> {
        try (socket) {
          socket.startHandshake();
          socket.getOutputStream().write(GREETING);
          socket.getInputStream().read();
        }
      };
    }

    @Override
    void stopListening() throws IOException {
      listening.close();
    }
  }

  private static final class EngineServer extends TlsServer {
    private final ServerSocketChannel listening;
    private final SSLContext context;

    EngineServer(SSLContext context) throws IOException {
      this.context = context;
      this.listening =
          ServerSocketChannel.open()
              .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 100);
    }

    @Override
    int port() {
      return listening.socket().getLocalPort();
    }

    @Override
    Connection accept() throws IOException {
      SocketChannel channel = listening.accept();
      return () -> {
        try (channel) {
          new EngineConnection(context, channel).serve();
        }
      };
    }

    @Override
    void stopListening() throws IOException {
      listening.close();
    }
  }

  private static final class EngineConnection {
    private final SocketChannel channel;
    private final SSLEngine engine;
    private final ByteBuffer in = ByteBuffer.allocate(64 * 1024);
    private final ByteBuffer out = ByteBuffer.allocate(64 * 1024);
    private final ByteBuffer plain = ByteBuffer.allocate(64 * 1024);

    EngineConnection(SSLContext context, SocketChannel channel) throws IOException {
      this.channel = channel;
      ClientHello.Peek peek = readHello();
      engine =
          peek instanceof ClientHello.Found found
              ? context.createSSLEngine(found.hello().serverName().orElse(null), 0)
              : context.createSSLEngine();
      engine.setUseClientMode(false);
      SSLParameters parameters = engine.getSSLParameters();
      parameters.setApplicationProtocols(PROTOCOLS);
      engine.setSSLParameters(parameters);
    }

    private ClientHello.Peek readHello() throws IOException {
      while (true) {
        fill();
        in.flip();
        ClientHello.Peek peek = ClientHello.peek(in);
        in.compact();
        if (!(peek instanceof ClientHello.Incomplete)) {
          return peek;
        }
      }
    }

    private void fill() throws IOException {
      if (channel.read(in) < 0) {
        throw new IOException("the visitor is gone");
      }
    }

    void serve() throws IOException {
      try {
        handshake();
        wrap(ByteBuffer.wrap(new byte[] {GREETING}));
        channel.socket().shutdownOutput();
        while (channel.read(plain.clear()) >= 0) {
          // Until the visitor closes: a reset could take the greeting away.
        }
      } catch (SSLException e) {
        engine.closeOutbound();
        while (!engine.isOutboundDone()) {
          wrap(ByteBuffer.allocate(0)); // the alert
        }
        throw e;
      }
    }

    private void handshake() throws IOException {
      engine.beginHandshake();
      HandshakeStatus status = engine.getHandshakeStatus();
      while (status != HandshakeStatus.FINISHED && status != HandshakeStatus.NOT_HANDSHAKING) {
        switch (status) {
          case NEED_TASK -> {
            engine.getDelegatedTask().run();
            status = engine.getHandshakeStatus();
          }
          case NEED_WRAP -> status = wrap(ByteBuffer.allocate(0));
          default -> status = unwrap();
        }
      }
    }

    private HandshakeStatus wrap(ByteBuffer data) throws IOException {
      SSLEngineResult result = engine.wrap(data, out.clear());
      out.flip();
      while (out.hasRemaining()) {
        channel.write(out);
      }
      return result.getHandshakeStatus();
    }

    private HandshakeStatus unwrap() throws IOException {
      in.flip();
      SSLEngineResult result = engine.unwrap(in, plain.clear());
      in.compact();
      if (result.getStatus() == SSLEngineResult.Status.BUFFER_UNDERFLOW) {
        fill();
      }
      return result.getHandshakeStatus();
    }
  }
}
