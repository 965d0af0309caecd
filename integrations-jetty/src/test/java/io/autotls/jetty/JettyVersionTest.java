package io.autotls.jetty;

import static org.assertj.core.api.Assertions.assertThat;

import org.eclipse.jetty.server.Server;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

class JettyVersionTest {
  @Test
  @EnabledIfSystemProperty(named = "jetty.version.expected", matches = ".+")
  @Tag("PD60")
  void theTestsRunOnTheLineThatTheBuildNames() {
    assertThat(Server.getVersion()).isEqualTo(System.getProperty("jetty.version.expected"));
  }
}
