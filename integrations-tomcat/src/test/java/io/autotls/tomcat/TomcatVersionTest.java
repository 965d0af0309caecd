package io.autotls.tomcat;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.catalina.util.ServerInfo;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

class TomcatVersionTest {
  @Test
  @EnabledIfSystemProperty(named = "tomcat.version.expected", matches = ".+")
  @Tag("PD60")
  void theTestsRunOnTheLineThatTheBuildNames() {
    assertThat(ServerInfo.getServerInfo())
        .isEqualTo("Apache Tomcat/" + System.getProperty("tomcat.version.expected"));
  }
}
