package io.autotls.internal.engine;

import io.autotls.testing.ReadySolver;

/** Says that it answers HTTP-01, for a CA that believes everything. */
final class Http01Nowhere extends ReadySolver {
  @Override
  public String type() {
    return "http-01";
  }

  @Override
  public boolean supports(String identifier, boolean wildcard) {
    return !wildcard;
  }
}
