/** Measures AutoTls; every benchmark prints {@code key = value} lines. */
package io.autotls.benchmarks;
