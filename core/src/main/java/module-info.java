/**
 * Automatic HTTPS for Java applications. Begin with {@link io.autotls.AutoTls}; plug-ins begin in
 * {@link io.autotls.spi}.
 */
module io.autotls.core {
  requires transitive org.jspecify;
  requires org.slf4j;
  requires okhttp3;
  requires okio;
  requires kotlin.stdlib;
  requires org.bouncycastle.provider;
  requires org.bouncycastle.pkix;
  requires org.bouncycastle.util;
  requires org.jose4j;

  exports io.autotls;
  exports io.autotls.acme;
  exports io.autotls.spi;
  exports io.autotls.storage;
  exports io.autotls.tls;

  uses io.autotls.spi.IssuerFactory;
  uses io.autotls.spi.SolverFactory;
  uses io.autotls.spi.StorageFactory;
  uses io.autotls.spi.ServerAdapter;

  provides io.autotls.spi.StorageFactory with
      io.autotls.internal.storage.FileStorageFactory,
      io.autotls.internal.storage.MemoryStorageFactory;
}
