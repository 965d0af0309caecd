package io.autotls.solver.http.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.BindException;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;

class PortProblemTest {
  @Test
  void aPortWithoutPermissionTellsWhatToGrant() {
    assertThat(
            PortProblem.reason(new InetSocketAddress(80), new BindException("Permission denied")))
        .startsWith("cannot listen on port 80 for HTTP-01 challenges: permission denied")
        .contains("CAP_NET_BIND_SERVICE")
        .contains("net.ipv4.ip_unprivileged_port_start=80")
        .contains("autotls.http.port");
  }

  @Test
  void anotherFailureIsToldAsItIs() {
    assertThat(
            PortProblem.reason(
                new InetSocketAddress("192.0.2.1", 80),
                new BindException("Cannot assign requested address")))
        .contains("port 80 of 192.0.2.1")
        .contains("Cannot assign requested address");
  }
}
