package io.autotls.examples.tomcat;

import io.autotls.examples.checks.QuickstartContract;

class QuickstartTomcatTest extends QuickstartContract {
  QuickstartTomcatTest() {
    super(QuickstartTomcat.class);
  }
}
