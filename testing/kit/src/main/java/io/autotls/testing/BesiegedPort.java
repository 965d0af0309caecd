package io.autotls.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.autotls.spi.Challenge;
import io.autotls.spi.ChallengeSolver;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What every http port owes a CA: an answer within a second, whatever else comes in. A CA does not
 * ask twice, and scanners are always there.
 */
public final class BesiegedPort {
  private static final int STALLING = 1_000;
  private static final int UNKNOWN_PER_SECOND = 1_000;
  private static final int QUESTIONS = 30;

  private BesiegedPort() {}

  /** Asks for challenges of this node and of another one in turn, while the port is besieged. */
  public static Report askWhileBesieged(int port, ChallengeSolver solver, OtherNode other)
      throws IOException, InterruptedException {
    List<Duration> answers = new ArrayList<>();
    long begin = System.nanoTime();
    try (Siege siege = Siege.of(port, STALLING, UNKNOWN_PER_SECOND)) {
      for (int i = 0; i < QUESTIONS; i++) {
        Challenge challenge =
            Challenge.builder("http-01", TestAutoTls.NAME)
                .token("token-" + i, "token-" + i + ".x")
                .build();
        if (i % 2 == 0) {
          solver.present(List.of(challenge));
        } else {
          other.publish(challenge);
        }
        answers.add(ask(port, challenge));
      }
      Duration whole = Duration.ofNanos(System.nanoTime() - begin);
      return new Report(answers, siege.answered(), whole);
    }
  }

  private static Duration ask(int port, Challenge challenge) throws IOException {
    long begin = System.nanoTime();
    String path = "/.well-known/acme-challenge/" + challenge.token().orElseThrow();
    String answer = Visitor.plain(port, "GET", TestAutoTls.NAME, path);
    assertThat(answer).startsWith("HTTP/1.1 200").contains(challenge.keyAuthorization());
    return Duration.ofNanos(System.nanoTime() - begin);
  }

  /**
   * How long a CA had to wait.
   *
   * @param answers for each of its questions
   * @param unknownAnswered how many unknown tokens got an answer meanwhile
   * @param whole how long that took
   */
  public record Report(List<Duration> answers, long unknownAnswered, Duration whole) {
    /** Half of the answers came within this. */
    public Duration median() {
      return answers.stream().sorted().skip(answers.size() / 2).findFirst().orElseThrow();
    }

    /** All of the answers came within this. */
    public Duration longest() {
      return answers.stream().max(Duration::compareTo).orElseThrow();
    }

    @Override
    public String toString() {
      return "answers: median "
          + median().toMillis()
          + " ms, longest "
          + longest().toMillis()
          + " ms; unknown tokens answered each second: "
          + unknownAnswered * 1_000 / whole.toMillis();
    }
  }
}
