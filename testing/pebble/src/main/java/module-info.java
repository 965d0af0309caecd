/** Pebble as a process of a test. Begin with {@link io.autotls.testing.pebble.Pebble}. */
module io.autotls.testing.pebble {
  requires transitive org.junit.jupiter.api;
  requires org.jspecify;
  requires java.naming;
  requires java.net.http;
  requires org.bouncycastle.provider;
  requires org.bouncycastle.pkix;
  requires org.bouncycastle.util;

  exports io.autotls.testing.pebble;
}
