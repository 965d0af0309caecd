package io.autotls.acme;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A moment of what {@link ParserFuzzer} does for minutes: the same inputs, changed in the same ways
 * each time. The time limit is for what would take for ever; all of it takes seconds.
 */
@Timeout(180)
class HostileInputTest {
  private static final int MUTATIONS = 3_000;

  @Test
  @DisplayName("J11 T8 T10 JSON of any kind is read or refused")
  void json() throws Exception {
    survives("json", HostileInput::json);
  }

  @Test
  @DisplayName("E1 E2 problem documents of any kind become one clean line")
  void problem() throws Exception {
    survives("problem", HostileInput::problem);
  }

  @Test
  @DisplayName("T6 Link headers of any kind are read or skipped")
  void links() throws Exception {
    survives("links", HostileInput::links);
  }

  @Test
  @DisplayName("R2 FT7 PD55 Retry-After of any kind is clamped or ignored")
  void retryAfter() throws Exception {
    survives("retryAfter", HostileInput::retryAfter);
  }

  @Test
  @DisplayName("F7 FT28 chains of any kind are certificates alone, or refused")
  void pem() throws Exception {
    survives("pem", HostileInput::pem);
  }

  @Test
  @DisplayName("D2 D3 FT13 directories of any kind are read or refused")
  void directory() throws Exception {
    survives("directory", HostileInput::directory);
  }

  @Test
  @DisplayName("C9 I4 O4 PD22 resources of any kind are read or refused")
  void resources() throws Exception {
    survives("resources", HostileInput::resources);
  }

  @Test
  @DisplayName("E1 E2 headers of any kind become one clean line")
  void headers() throws Exception {
    survives("headers", HostileInput::headers);
  }

  @Test
  void textsOfAnyKindBecomeOneVisibleLine() throws Exception {
    survives("plainText", HostileInput::plainText);
  }

  private static void survives(String target, Consumer<byte[]> parser) throws Exception {
    List<byte[]> seeds = seeds(target);
    seeds.forEach(input -> check(target, parser, input));
    Mutator mutator = new Mutator(seeds, 1);
    for (int i = 0; i < MUTATIONS; i++) {
      check(target, parser, mutator.next());
    }
  }

  /** Whoever finds something gets the input to keep. */
  private static void check(String target, Consumer<byte[]> parser, byte[] input) {
    try {
      parser.accept(input);
    } catch (RuntimeException | Error e) {
      throw new AssertionError(
          "the input in base64, to be kept among the inputs of ParserFuzzer#"
              + target
              + ": "
              + Base64.getEncoder().encodeToString(input),
          e);
    }
  }

  private static List<byte[]> seeds(String target) throws IOException, URISyntaxException {
    Path folder =
        Path.of(HostileInputTest.class.getResource("ParserFuzzerInputs/" + target).toURI());
    List<byte[]> seeds = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.sorted().toList()) {
        seeds.add(Files.readAllBytes(file));
      }
    }
    assertThat(seeds).isNotEmpty();
    seeds.add("{}".getBytes(StandardCharsets.UTF_8));
    return seeds;
  }
}
