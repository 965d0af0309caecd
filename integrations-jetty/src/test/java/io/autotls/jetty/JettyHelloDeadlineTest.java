package io.autotls.jetty;

import static org.assertj.core.api.Assertions.assertThat;

import io.autotls.AutoTls;
import io.autotls.testing.Hello;
import io.autotls.testing.TestAutoTls;
import io.autotls.testing.TestCertificates;
import io.autotls.testing.Visitor;
import io.autotls.tls.Keyring;
import java.net.InetAddress;
import java.net.Socket;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.component.AbstractLifeCycle;
import org.eclipse.jetty.util.thread.Scheduler;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How long a ClientHello may take altogether, by a scheduler that the test winds. */
class JettyHelloDeadlineTest {
  private static final long DEADLINE_MILLIS = 30_000;

  private final Keyring keyring = new Keyring();
  private final AutoTls tls = TestAutoTls.with(keyring);
  private final Server server = new Server();
  private final WoundScheduler scheduler = new WoundScheduler();
  private ServerConnector connector;

  @BeforeEach
  void start() throws Exception {
    TestAutoTls.serve(keyring, TestCertificates.ec("first", TestAutoTls.NAME));
    server.setHandler(new AdaptedJetty.Greeter(new AtomicInteger()));
    connector =
        new ServerConnector(
            server,
            null,
            scheduler,
            null,
            1,
            1,
            new SslConnectionFactory(JettyAutoTls.sslContextFactory(tls), "http/1.1"),
            new HttpConnectionFactory());
    connector.setHost("127.0.0.1");
    connector.setIdleTimeout(10 * DEADLINE_MILLIS);
    server.addConnector(connector);
    JettyAutoTls.attachHttps(connector, tls);
    server.start();
  }

  @AfterEach
  void stop() throws Exception {
    server.stop();
    tls.close();
  }

  @Test
  void aHelloThatDoesNotEndIsGivenUp() throws Exception {
    try (Socket slow = new Socket(InetAddress.getLoopbackAddress(), connector.getLocalPort())) {
      slow.setSoTimeout(20_000);
      slow.getOutputStream().write(22); // a record begins
      WoundScheduler.Timer timer = scheduler.deadline();
      slow.getOutputStream().write(3); // who is slow is not idle

      timer.expire();

      assertThat(slow.getInputStream().read()).isNegative();
    }
  }

  @Test
  void aHelloThatIsCompleteIsNotHurried() throws Exception {
    Visitor.Handshake visit =
        Visitor.curious()
            .inSmallPieces()
            .handshake(connector.getLocalPort(), Hello.tls13(TestAutoTls.NAME, "http/1.1"));

    assertThat(visit.data()).endsWith("hello");
    assertThat(scheduler.deadline().cancelled).isTrue();
  }

  /** Lets no time pass. */
  private static final class WoundScheduler extends AbstractLifeCycle implements Scheduler {
    private final BlockingQueue<Timer> deadlines = new LinkedBlockingQueue<>();

    private static final class Timer implements Task {
      private final Runnable action;
      private final AtomicBoolean cancelled = new AtomicBoolean();

      Timer(Runnable action) {
        this.action = action;
      }

      void expire() {
        action.run();
      }

      @Override
      public boolean cancel() {
        return cancelled.compareAndSet(false, true);
      }
    }

    @Override
    public Task schedule(Runnable action, long delay, TimeUnit unit) {
      Timer timer = new Timer(action);
      if (unit.toMillis(delay) == DEADLINE_MILLIS) {
        deadlines.add(timer);
      }
      return timer;
    }

    Timer deadline() throws InterruptedException {
      Timer timer = deadlines.poll(20, TimeUnit.SECONDS);
      assertThat(timer).as("a deadline").isNotNull();
      return timer;
    }
  }
}
