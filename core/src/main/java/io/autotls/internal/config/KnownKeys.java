package io.autotls.internal.config;

import java.util.List;
import java.util.Locale;

/** The settings that exist. What is not here is a typing error, and gets the nearest known name. */
final class KnownKeys {
  static final String CONFIG = "autotls.config";

  static final List<String> ALL =
      List.of(
          "autotls.agree-tos",
          "autotls.ca",
          "autotls.ca.trust",
          "autotls.challenge",
          CONFIG,
          "autotls.default-name",
          "autotls.domains",
          "autotls.eab.key",
          "autotls.eab.kid",
          "autotls.email",
          "autotls.grace-period",
          "autotls.http.port",
          "autotls.https.port",
          "autotls.https.public-port",
          "autotls.key-type",
          "autotls.preferred-chain",
          "autotls.profile",
          "autotls.require-all-names",
          "autotls.replace-closed-account",
          "autotls.role",
          "autotls.storage",
          "autotls.storage.open-folder");

  /**
   * How variables begin that AutoTls's own test tools read, such as {@code AUTOTLS_REQUIRE_PEBBLE}
   * and {@code AUTOTLS_PEBBLE_2_10}: an application under test finds them in its environment, and
   * they are no settings of it.
   */
  private static final List<String> TEST_TOOLS = List.of("AUTOTLS_REQUIRE_", "AUTOTLS_PEBBLE_");

  private KnownKeys() {}

  /** Whether a variable belongs to the test tools. */
  static boolean isForTests(String environmentVariable) {
    return TEST_TOOLS.stream().anyMatch(environmentVariable::startsWith);
  }

  /** The environment variable of a key: {@code AUTOTLS_CA_TRUST} for {@code autotls.ca.trust}. */
  static String environmentName(String key) {
    return key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
  }

  /** The known key that looks most like {@code key}. */
  static String nearest(String key) {
    String best = ALL.get(0);
    for (String known : ALL) {
      if (distance(key, known) < distance(key, best)) {
        best = known;
      }
    }
    return best;
  }

  /** How many letters have to be changed, added or removed (Levenshtein). */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int change = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(change, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[b.length()];
  }
}
