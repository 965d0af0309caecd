package io.autotls.testing.ca.internal.validation;

import io.autotls.testing.ca.internal.pki.Tls;
import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/**
 * TLS as a CA validates: each connection as if it were the first. JSSE resumes sessions of the same
 * context, without host and port too, and then names the host of the old session to the server
 * (SNI), whatever it was told for this one.
 */
public final class ValidatorTls {
  /** A connection that no other has anything to do with. */
  SSLSocket over(Socket socket, String host) throws IOException {
    SSLContext fresh;
    try {
      fresh = Tls.validator();
    } catch (GeneralSecurityException e) {
      throw new IOException("this Java runtime has no TLS", e);
    }
    return (SSLSocket) fresh.getSocketFactory().createSocket(socket, host, socket.getPort(), true);
  }
}
