package io.autotls.tls;

/** Names to credentials, in memory: what handshakes read. */
public final class Keyring {
  /** Creates an empty keyring. */
  public Keyring() {}
}
