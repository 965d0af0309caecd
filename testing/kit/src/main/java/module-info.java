/** Virtual time and the contract tests for plug-ins. Begin with {@link io.autotls.testing.VirtualTime}. */
module io.autotls.testing {
  requires transitive io.autotls.core;
  requires transitive org.jspecify;
  requires transitive org.junit.jupiter.api;
  requires org.assertj.core;

  exports io.autotls.testing;
}
