/** What plug-ins for AutoTls, and applications with it, are tested with. */
module io.autotls.testing {
  requires transitive io.autotls.core;
  requires transitive org.junit.jupiter.api;
  requires transitive org.jspecify;
  requires org.assertj.core;

  // The contracts are abstract test classes: JUnit calls their methods by reflection.
  opens io.autotls.testing;

  exports io.autotls.testing;
}
