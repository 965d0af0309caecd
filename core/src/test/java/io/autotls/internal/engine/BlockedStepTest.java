package io.autotls.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.autotls.AutoTls;
import io.autotls.spi.Issuance;
import io.autotls.spi.Issuer;
import io.autotls.spi.IssuerContext;
import io.autotls.spi.Progress;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A step that cannot be taken yet. */
class BlockedStepTest {
  private final Harness h = new Harness();
  private final List<Map<String, String>> states = new ArrayList<>(); // as steps found them

  /** Is blocked at each step, and has learnt the number of that step. */
  private final class Waits implements Issuer {
    @Override
    public String id() {
      return "waits";
    }

    @Override
    public String displayName() {
      return "Waits";
    }

    @Override
    public void start(IssuerContext context) {}

    @Override
    public Progress advance(Issuance work) {
      states.add(work.state());
      int step = Math.min(states.size(), 2);
      return new Progress.Blocked(Map.of("step", "" + step), "the moon is not full");
    }

    @Override
    public void abandon(Issuance work) {}

    @Override
    public void close() {}
  }

  @Test
  void whatItLearntIsStored() throws IOException {
    AutoTls first = h.node(new Waits());
    h.advance(Duration.ofSeconds(90));
    first.close();
    AutoTls second = h.node(new Waits());
    h.advance(Duration.ofSeconds(30));

    assertThat(states).startsWith(Map.of(), Map.of("step", "1"), Map.of("step", "2"));
    assertThat(h.record()).contains("Job-State-step: 2\n");
    assertThat(h.status(second).toString()).contains("blocked: the moon is not full");
    assertThat(h.status(second).failedAttempts()).isZero();
  }
}
