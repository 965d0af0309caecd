package io.autotls.acme;

import io.autotls.internal.text.PlainText;
import java.io.IOException;
import java.net.URI;
import java.util.stream.Stream;

/**
 * The CA was not reached, or its answer did not arrive. Whether a request was executed is not
 * known, except with {@link Kind#UNREACHABLE}, {@link Kind#UNTRUSTED} and {@link
 * Kind#PROXY_REFUSED}, where it was never sent: look at the order or the account before asking for
 * the same again.
 */
public final class AcmeNetworkException extends AcmeException {
  private static final long serialVersionUID = 1L;
  private static final int MAX_CAUSES = 10;

  /** What broke. */
  public enum Kind {
    /** No connection: the name did not resolve, or nobody answered there. */
    UNREACHABLE,
    /**
     * The certificate of the CA's own HTTPS is not trusted, has expired, or is for another host.
     */
    UNTRUSTED,
    /** A proxy on the way wants a user and a password, or others than it was given. */
    PROXY_REFUSED,
    /** The answer took too long. */
    TIMEOUT,
    /** The connection broke. */
    BROKEN,
    /** The thread was interrupted, or the client closed. */
    CANCELLED
  }

  private final Kind kind;
  private final boolean onPooledConnection;

  AcmeNetworkException(
      Kind kind, boolean onPooledConnection, String message, URI url, Throwable cause) {
    super(message, url, null, null, plain(cause));
    this.kind = kind;
    this.onPooledConnection = onPooledConnection;
  }

  static AcmeNetworkException cancelled(URI url, Throwable cause) {
    return new AcmeNetworkException(
        Kind.CANCELLED,
        false,
        "No answer from " + url.getHost() + ": the thread was interrupted. Nothing was asked.",
        url,
        cause);
  }

  /**
   * The HTTP library quotes what it did not understand, such as a status line, and whoever logs a
   * stack trace logs its message too.
   */
  private static Throwable plain(Throwable cause) {
    if (isPlain(cause, 0)) {
      return cause;
    }
    IOException copy = new IOException(PlainText.message(cause.toString()));
    copy.setStackTrace(cause.getStackTrace());
    return copy;
  }

  private static boolean isPlain(Throwable error, int depth) {
    String message = error.getMessage();
    Throwable cause = error.getCause();
    return depth < MAX_CAUSES
        && (message == null || message.equals(PlainText.message(message)))
        && (cause == null || isPlain(cause, depth + 1))
        && Stream.of(error.getSuppressed()).allMatch(other -> isPlain(other, depth + 1));
  }

  /** What broke. */
  public Kind kind() {
    return kind;
  }

  /** Whether a connection broke that had been idle: the usual reason is that the CA closed it. */
  boolean isStaleConnection() {
    return kind == Kind.BROKEN && onPooledConnection;
  }
}
