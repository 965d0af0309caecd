package io.autotls.benchmarks;

import java.util.Map;

/** Runs the benchmark that is named by the first argument. */
public final class Benchmarks {
  private Benchmarks() {}

  /** A benchmark: measures, and prints {@code key = value} lines. */
  @FunctionalInterface
  interface Benchmark {
    void run() throws Exception;
  }

  public static void main(String[] args) throws Exception {
    Map<String, Benchmark> known =
        Map.of(
            "startup", new StartupBenchmark(System.out),
            "engine", new EngineBenchmark(System.out),
            "issuance", new IssuanceBenchmark(System.out));
    Benchmark benchmark = args.length == 1 ? known.get(args[0]) : null;
    if (benchmark == null) {
      throw new IllegalArgumentException("name one of the benchmarks " + known.keySet());
    }
    benchmark.run();
  }
}
