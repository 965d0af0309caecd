package io.autotls.benchmarks;

import java.util.List;

/** An ACME client that takes part: it has an account, and obtains certificates with it. */
interface Contender extends AutoCloseable {
  /** Makes the account, with whatever has to be asked before. */
  void register() throws Exception;

  /** Orders one certificate for these names, proves them by HTTP-01, and downloads it. */
  void obtain(List<String> names) throws Exception;

  @Override
  void close();
}
