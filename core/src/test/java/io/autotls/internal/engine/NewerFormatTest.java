package io.autotls.internal.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.autotls.AutoTls;
import io.autotls.AutoTlsEvent;
import io.autotls.spi.Entry;
import io.autotls.spi.Key;
import java.io.IOException;
import java.time.Duration;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** A node meets records of a newer version: in a rolling upgrade, and after a rollback. */
class NewerFormatTest {
  private static final Key RECORD = Key.of("certificates/" + Harness.SPEC.id());

  private final Harness h = new Harness();

  private void edit(UnaryOperator<String> edit) throws IOException {
    Entry entry = h.store.read(RECORD).orElseThrow();
    String text = new String(entry.value(), UTF_8);
    h.store.write(RECORD, edit.apply(text).getBytes(UTF_8), entry.version());
  }

  private String obtain() {
    try (AutoTls first = h.node()) {
      h.advance(Duration.ofMinutes(1));
      return h.served(first).alias();
    }
  }

  @Test
  void whatANewerVersionStoredOutlivesRenewals() throws IOException {
    String before = obtain();
    edit(
        text ->
            text.replace("Format: 1.0\n", "Format: 1.4\nColour: blue\n")
                .replace("\nEnd of", "\nSection: flags\nup\n\nEnd of"));

    AutoTls rolledBack = h.node();
    h.advance(Duration.ofDays(200));

    assertThat(h.served(rolledBack).alias()).isNotEqualTo(before);
    assertThat(h.record()).contains("Format: 1.4\nColour: blue\n", "\nSection: flags\nup\n");
  }

  @Test
  void aRecordInAFormThatIsNotKnownIsServedAndLeftAlone() throws IOException {
    String alias = obtain();
    edit(text -> text.replace("Format: 1.0", "Format: 2.0"));
    String stored = h.record();
    int orders = h.issuer.orders().size();
    h.events.clear();

    AutoTls older = h.node();
    h.advance(Duration.ofDays(1));
    older.renewNow("example.com");
    h.advance(Duration.ofDays(400));

    assertThat(h.served(older).alias()).isEqualTo(alias);
    assertThat(h.record()).isEqualTo(stored);
    assertThat(h.issuer.orders()).hasSize(orders);
    assertThat(h.status(older).toString())
        .contains("is left to nodes of a newer version", "no next step by itself");
    assertThat(h.status(older).lastProblem().orElseThrow().toString())
        .contains("written by a newer version of AutoTls", "update AutoTls on this node");
    assertThat(h.events(AutoTlsEvent.Failed.class)).hasSize(1);
  }

  @Test
  void whoIsLeftBehindByAnUpgradeFollowsIt() throws IOException {
    AutoTls older = h.node();
    h.advance(Duration.ofMinutes(1));
    String before = h.served(older).alias();
    byte[] present = h.store.read(RECORD).orElseThrow().value();

    edit(text -> text.replace("Format: 1.0", "Format: 2.0"));
    h.advance(Duration.ofDays(1));
    boolean left = h.status(older).phase().contains("newer version");
    h.store.write(RECORD, present, h.store.read(RECORD).orElseThrow().version());
    h.advance(Duration.ofDays(80));

    assertThat(left).isTrue();
    assertThat(h.served(older).alias()).isNotEqualTo(before); // renewed again after the rollback
    assertThat(h.status(older).lastProblem()).isEmpty();
  }
}
