package io.autotls.testing.conformance;

import org.jspecify.annotations.Nullable;

/**
 * One line of a checklist.
 *
 * @param id such as {@code N4}
 * @param scope who has to show it; empty in a list where all are of one kind
 * @param text what is to be done, or to be avoided
 * @param reason why no test covers it; null where there has to be one
 */
record Duty(String id, String scope, String text, @Nullable String reason) {
  /** The letters of the id, which name its group. */
  String group() {
    return id.replaceAll("\\d", "");
  }
}
