package io.autotls.examples;

import io.autotls.AutoTls;
import io.autotls.CertificateStatus;
import java.io.PrintStream;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * What the quickstarts have in common: they obtain a certificate, look at the application from
 * outside, and wait for a renewal while requests keep running.
 */
public final class Walkthrough {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  /** A certificate that lives longer than this is not waited for. */
  private static final Duration WORTH_WAITING = Duration.ofMinutes(2);

  /** How long the end of a program that serves may take, once it was asked to end. */
  private static final Duration FAREWELL = Duration.ofSeconds(10);

  private final PrintStream out;

  /** Creates a walkthrough that tells its story to {@code out}. */
  public Walkthrough(PrintStream out) {
    this.out = out;
  }

  /** The application: a server that serves with what it is given. */
  @FunctionalInterface
  public interface Application {
    /** Starts it, and says how to stop it. */
    Running start(AutoTls tls) throws Exception;
  }

  /** The application, while it runs. */
  @FunctionalInterface
  public interface Running {
    /** Stops it. */
    void stop() throws Exception;
  }

  /**
   * Runs it all.
   *
   * @param args {@code --serve} keeps serving until interrupted
   * @throws Exception if something did not work; then it says what
   */
  public void run(String[] args, Application application) throws Exception {
    CountDownLatch done = new CountDownLatch(1);
    Thread walker = Thread.currentThread();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> leave(walker, done), "farewell"));
    try (Authority authority = Authority.configured(out)) {
      walk(args, authority, application);
    } catch (InterruptedException e) {
      out.println("Stopped");
    } finally {
      done.countDown();
    }
  }

  /** Ctrl-C or {@code kill}: lets the walker stop the server, and everything else, in order. */
  private static void leave(Thread walker, CountDownLatch done) {
    if (done.getCount() > 0) {
      walker.interrupt();
      try {
        done.await(FAREWELL.toSeconds(), TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void walk(String[] args, Authority authority, Application application) throws Exception {
    Instant begin = Instant.now();
    try (AutoTls tls = AutoTls.enable()) {
      Running running = application.start(tls);
      try {
        obtain(tls);
        X509Certificate first = look(tls, authority, begin);
        if (Arrays.asList(args).contains("--serve")) {
          out.println("Serving " + tls.statuses().get(0).spec() + " until interrupted");
          new CountDownLatch(1).await();
        } else {
          renew(tls, authority, first);
        }
      } finally {
        running.stop();
      }
    }
  }

  private static void obtain(AutoTls tls) throws Exception {
    try {
      tls.ready().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new IllegalStateException(
          "no certificate after " + PATIENCE.toSeconds() + " s: " + tls.statuses().get(0), e);
    }
  }

  private X509Certificate look(AutoTls tls, Authority authority, Instant begin) throws Exception {
    try (Visitor visitor = visitor(tls, authority)) {
      X509Certificate certificate = visitor.visit();
      out.println("A verified request to https://" + visitor.host() + ":" + tls.httpsPort() + "/");
      String subject = certificate.getSubjectX500Principal().getName();
      out.println("  subject  " + (subject.isEmpty() ? "(empty: the names below count)" : subject));
      out.println("  names    " + tls.statuses().get(0).spec());
      out.println("  issuer   " + certificate.getIssuerX500Principal().getName());
      out.println("  serial   " + certificate.getSerialNumber().toString(16));
      out.println(
          "  valid    "
              + certificate.getNotBefore().toInstant()
              + " to "
              + certificate.getNotAfter().toInstant());
      out.println(
          "  took     " + Duration.between(begin, Instant.now()).toMillis() + " ms from enable()");
      return certificate;
    }
  }

  private void renew(AutoTls tls, Authority authority, X509Certificate first) throws Exception {
    Instant notAfter = first.getNotAfter().toInstant();
    CertificateStatus status = tls.statuses().get(0);
    if (Duration.between(Instant.now(), notAfter).compareTo(WORTH_WAITING) > 0) {
      out.println("Renewal is due at " + status.nextStep() + "; that is too long to wait for.");
      return;
    }
    out.println("Waiting for the renewal, which is due at " + status.nextStep() + ", under load …");
    try (Load load = new Load(() -> visitor(tls, authority))) {
      X509Certificate second = load.untilAnotherThan(first, PATIENCE);
      load.stop();
      out.println("Renewed");
      out.println("  serial   " + second.getSerialNumber().toString(16));
      out.println("  valid    until " + second.getNotAfter().toInstant());
      out.println("  requests " + load.requests() + ", failures " + load.failures());
      if (load.failures() > 0) {
        throw new IllegalStateException(load.failures() + " requests failed during the renewal");
      }
    }
  }

  private static Visitor visitor(AutoTls tls, Authority authority) {
    String name = tls.statuses().get(0).spec().names().get(0).replace("*.", "www.");
    return new Visitor(name, tls.httpsPort(), authority.roots(), tls.keyring().find(name));
  }
}
