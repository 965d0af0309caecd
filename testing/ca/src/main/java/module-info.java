/** An ACME certificate authority and a DNS server for tests, in the process of the test. */
module io.autotls.testing.ca {
  requires transitive org.jspecify;
  requires org.slf4j;
  requires org.bouncycastle.provider;
  requires org.bouncycastle.pkix;
  requires org.bouncycastle.util;
  requires org.jose4j;

  exports io.autotls.testing.ca;
}
