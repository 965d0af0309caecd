package io.autotls.acme;

import com.code_intelligence.jazzer.junit.FuzzTest;

/**
 * The targets of Jazzer, five minutes each. Not part of the build, where {@link HostileInputTest}
 * mutates the same inputs for a moment: Jazzer instruments all classes of the JVM, and runs one
 * target in a JVM. To fuzz one:
 *
 * <pre>{@code
 * JAZZER_FUZZ=1 mvn -q test -pl core -am -Dtest='ParserFuzzer#json' \
 *     -Dsurefire.failIfNoSpecifiedTests=false
 * }</pre>
 *
 * <p>An input that breaks a target is written to {@code ParserFuzzerInputs/<target>} among the test
 * resources: keep it there, and the build will try it from then on.
 */
class ParserFuzzer {
  @FuzzTest(maxDuration = "5m")
  void json(byte[] input) {
    HostileInput.json(input);
  }

  @FuzzTest(maxDuration = "5m")
  void problem(byte[] input) {
    HostileInput.problem(input);
  }

  @FuzzTest(maxDuration = "5m")
  void links(byte[] input) {
    HostileInput.links(input);
  }

  @FuzzTest(maxDuration = "5m")
  void retryAfter(byte[] input) {
    HostileInput.retryAfter(input);
  }

  @FuzzTest(maxDuration = "5m")
  void pem(byte[] input) {
    HostileInput.pem(input);
  }

  @FuzzTest(maxDuration = "5m")
  void directory(byte[] input) {
    HostileInput.directory(input);
  }

  @FuzzTest(maxDuration = "5m")
  void resources(byte[] input) {
    HostileInput.resources(input);
  }

  @FuzzTest(maxDuration = "5m")
  void headers(byte[] input) {
    HostileInput.headers(input);
  }

  @FuzzTest(maxDuration = "5m")
  void plainText(byte[] input) {
    HostileInput.plainText(input);
  }
}
