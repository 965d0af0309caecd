package io.autotls.examples.quickstart;

import io.autotls.examples.checks.QuickstartContract;

class QuickstartTest extends QuickstartContract {
  QuickstartTest() {
    super(Quickstart.class);
  }
}
