package io.autotls.internal.record;

import java.security.KeyPair;

/** The key that an attempt is to have certified. */
public sealed interface PendingKey {
  /** The key is here. */
  record Present(KeyPair pair) implements PendingKey {
    @Override
    public String toString() {
      return "Present[]"; // never the key
    }
  }

  /** The issuer makes the key, and delivers it with the certificate. */
  record MadeByIssuer() implements PendingKey {}

  /** There is a key, in the storage: memory has no use for it between two steps. */
  record InStorage() implements PendingKey {}
}
