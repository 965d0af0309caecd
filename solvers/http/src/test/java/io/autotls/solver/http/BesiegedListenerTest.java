package io.autotls.solver.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.autotls.AutoTls;
import io.autotls.testing.BesiegedPort;
import io.autotls.testing.FreePorts;
import io.autotls.testing.OtherNode;
import io.autotls.testing.TestAutoTls;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The listener on port 80, which everybody in the world can reach. */
class BesiegedListenerTest {
  @Test
  void aCaIsAnsweredWithinASecondWhateverElseComesIn() throws Exception {
    int port = FreePorts.next();
    Http01Solver solver =
        Http01Solver.listening(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    try (OtherNode other = OtherNode.start(Duration.ofMillis(50));
        AutoTls tls = TestAutoTls.builder(solver).storage(other.storage()).enable()) {
      BesiegedPort.Report report = BesiegedPort.askWhileBesieged(port, solver, other);

      assertThat(report.median()).isLessThan(Duration.ofSeconds(1));
      assertThat(report.unknownAnswered()).isPositive();
      assertThat(tls.solver(Http01Solver.class)).contains(solver);
    }
  }
}
