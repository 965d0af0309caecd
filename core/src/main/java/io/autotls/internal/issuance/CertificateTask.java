package io.autotls.internal.issuance;

import io.autotls.internal.queue.Schedule;
import io.autotls.internal.queue.Task;
import org.jspecify.annotations.Nullable;

/**
 * The work on one certificate as the queue sees it. Two of the same certificate are equal, so
 * nobody has to keep one.
 */
public record CertificateTask(ManagedCertificate certificate, JobRunner runner) implements Task {
  @Override
  public @Nullable Schedule run() {
    if (certificate.isRetired()) {
      return null;
    }
    certificate.stepBegins();
    try {
      return certificate.isLoaded() ? runner.work(certificate) : runner.load(certificate);
    } finally {
      certificate.stepEnds();
    }
  }
}
