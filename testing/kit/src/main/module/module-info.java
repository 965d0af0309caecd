/**
 * Virtual time and the contract tests for plug-ins. Begin with {@link
 * io.autotls.testing.VirtualTime}.
 */
module io.autotls.testing {
  requires transitive io.autotls.core;
  requires transitive io.autotls.testing.ca;
  requires io.autotls.testing.pebble;
  requires transitive org.jspecify;
  requires java.management;
  requires transitive org.junit.jupiter.api;
  requires org.junit.jupiter.params;
  requires org.assertj.core;
  requires okhttp3;
  requires kotlin.stdlib;
  requires org.bouncycastle.pkix;
  requires org.bouncycastle.provider;
  requires org.bouncycastle.util;

  exports io.autotls.testing;
  exports io.autotls.testing.simulation;
}
