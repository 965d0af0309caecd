/**
 * A store, a solver and an issuer of a third party. Nobody calls them: AutoTls finds them by name.
 */
module com.example.autotls {
  requires io.autotls.core;
  requires jdk.httpserver;
  requires java.net.http;
  requires org.bouncycastle.pkix;
  requires org.bouncycastle.provider;
  requires org.jspecify;

  provides io.autotls.spi.StorageFactory with
      com.example.autotls.JournalStorageFactory;
  provides io.autotls.spi.SolverFactory with
      com.example.autotls.PlainHttpSolverFactory;
  provides io.autotls.spi.IssuerFactory with
      com.example.autotls.HouseIssuerFactory;
}
