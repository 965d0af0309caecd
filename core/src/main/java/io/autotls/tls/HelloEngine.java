package io.autotls.tls;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiFunction;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/**
 * A server's engine that reads the ClientHello before it decides which engine of the JDK does the
 * work: one for the host that a visitor names, or one for a challenge.
 *
 * <p>Until then everything is set on an engine that never sees a byte; its settings pass on to the
 * one that does. What was read is fed to that one first.
 */
final class HelloEngine extends DelegatingEngine {
  private final KeyringSslContext context;
  private final @Nullable InetAddress local; // null if it is not known
  private volatile SSLEngine delegate;
  private volatile Purpose purpose = Purpose.UNKNOWN;
  private @Nullable BiFunction<SSLEngine, List<String>, String> selector; // null unless set

  // Only the thread that unwraps sees these.
  private ByteBuffer received = ByteBuffer.allocate(0); // what the delegate has not seen yet
  private int missing = 1;

  private enum Purpose {
    UNKNOWN,
    VISIT,
    CHALLENGE,
    CHALLENGE_OVER
  }

  HelloEngine(KeyringSslContext context, @Nullable InetAddress local) {
    this.context = context;
    this.local = local;
    this.delegate = context.undecidedEngine();
  }

  @Override
  SSLEngine delegate() {
    return delegate;
  }

  @Override
  public SSLEngineResult unwrap(ByteBuffer from, ByteBuffer[] to, int offset, int length)
      throws SSLException {
    int before = from.remaining();
    if (purpose == Purpose.UNKNOWN && !decide(from)) {
      return new SSLEngineResult(
          before == 0 ? Status.BUFFER_UNDERFLOW : Status.OK,
          HandshakeStatus.NEED_UNWRAP,
          before - from.remaining(),
          0);
    }
    if (purpose == Purpose.CHALLENGE_OVER) {
      delegate.closeOutbound();
      return new SSLEngineResult(Status.CLOSED, getHandshakeStatus(), 0, 0);
    }
    return received.hasRemaining()
        ? replay(from, to, offset, length)
        : noteEnd(delegate.unwrap(from, to, offset, length));
  }

  @Override
  public SSLEngineResult wrap(ByteBuffer[] from, int offset, int length, ByteBuffer to)
      throws SSLException {
    return noteEnd(delegate.wrap(from, offset, length, to));
  }

  /** The handshake of a challenge is all there is; what comes after it reaches nobody. */
  private SSLEngineResult noteEnd(SSLEngineResult result) {
    if (purpose == Purpose.CHALLENGE && result.getHandshakeStatus() == HandshakeStatus.FINISHED) {
      purpose = Purpose.CHALLENGE_OVER;
    }
    return result;
  }

  /** Takes no more of {@code from} than belongs to the hello; false if its end is missing. */
  private boolean decide(ByteBuffer from) throws SSLException {
    while (from.hasRemaining()) {
      take(from, missing);
      ClientHello.Peek peek = ClientHello.peek(received);
      if (peek instanceof ClientHello.Incomplete incomplete) {
        missing = incomplete.missing();
      } else {
        become(peek instanceof ClientHello.Found found ? found.hello() : null);
        return true;
      }
    }
    return false;
  }

  private void become(@Nullable ClientHello hello) throws SSLException {
    SSLEngine prepared = delegate;
    SSLParameters settings = prepared.getSSLParameters();
    if (hello != null && hello.isForChallenge()) {
      delegate = context.challengeEngine(hello, settings);
      purpose = Purpose.CHALLENGE;
    } else {
      SSLEngine visit = context.visitEngine(hello, local);
      visit.setEnableSessionCreation(prepared.getEnableSessionCreation());
      visit.setSSLParameters(withoutChallenges(settings));
      BiFunction<SSLEngine, List<String>, String> chosen = selector;
      if (chosen != null) {
        visit.setHandshakeApplicationProtocolSelector(withoutChallenges(chosen));
      }
      delegate = visit;
      purpose = Purpose.VISIT;
    }
    delegate.beginHandshake();
  }

  /** Feeds the delegate with what was received before, one record at a time. */
  private SSLEngineResult replay(ByteBuffer from, ByteBuffer[] to, int offset, int length)
      throws SSLException {
    int before = from.remaining();
    SSLEngineResult result = delegate.unwrap(received, to, offset, length);
    while (received.hasRemaining() && result.getStatus() == Status.OK && awaitsMore(result)) {
      result = delegate.unwrap(received, to, offset, length);
    }
    if (result.getStatus() == Status.BUFFER_UNDERFLOW && from.hasRemaining()) {
      take(from, from.remaining());
      result = delegate.unwrap(received, to, offset, length);
    }
    return noteEnd(
        new SSLEngineResult(
            result.getStatus(),
            result.getHandshakeStatus(),
            before - from.remaining(),
            result.bytesProduced()));
  }

  private static boolean awaitsMore(SSLEngineResult result) {
    return result.getHandshakeStatus() == HandshakeStatus.NEED_UNWRAP
        && result.bytesProduced() == 0;
  }

  private void take(ByteBuffer from, int most) {
    byte[] taken = new byte[Math.min(most, from.remaining())];
    from.get(taken);
    received =
        ByteBuffer.allocate(received.remaining() + taken.length).put(received).put(taken).flip();
  }

  /** On a connection for a challenge nothing is up to the server any more. */
  private boolean isChallenge() {
    return purpose == Purpose.CHALLENGE || purpose == Purpose.CHALLENGE_OVER;
  }

  @Override
  public void setSSLParameters(SSLParameters parameters) {
    if (!isChallenge()) {
      delegate.setSSLParameters(parameters);
    }
    if (purpose == Purpose.VISIT) {
      delegate.setSSLParameters(withoutChallenges(delegate.getSSLParameters()));
    }
  }

  @Override
  public void setNeedClientAuth(boolean need) {
    if (!isChallenge()) {
      super.setNeedClientAuth(need);
    }
  }

  @Override
  public void setWantClientAuth(boolean want) {
    if (!isChallenge()) {
      super.setWantClientAuth(want);
    }
  }

  @Override
  public void setHandshakeApplicationProtocolSelector(
      @Nullable BiFunction<SSLEngine, List<String>, String> selector) {
    this.selector = selector;
    if (purpose == Purpose.VISIT) {
      delegate.setHandshakeApplicationProtocolSelector(
          selector == null ? null : withoutChallenges(selector));
    }
  }

  @Override
  public @Nullable BiFunction<SSLEngine, List<String>, String>
      getHandshakeApplicationProtocolSelector() {
    return selector;
  }

  private static SSLParameters withoutChallenges(SSLParameters parameters) {
    parameters.setApplicationProtocols(
        Arrays.stream(parameters.getApplicationProtocols())
            .filter(protocol -> !protocol.equals(ClientHello.ACME_TLS))
            .toArray(String[]::new));
    return parameters;
  }

  /** The selector is asked on behalf of this engine, and no visitor gets {@code acme-tls/1}. */
  private BiFunction<SSLEngine, List<String>, String> withoutChallenges(
      BiFunction<SSLEngine, List<String>, String> selector) {
    return (engine, offered) -> {
      String selected = selector.apply(this, offered);
      return ClientHello.ACME_TLS.equals(selected) ? null : selected;
    };
  }
}
