package io.autotls.testing.pebble;

/** The versions of Pebble that tests can ask for. */
public enum PebbleVersion {
  /** 2.10 or newer: ARI, profiles, {@code Retry-After}, subproblems. */
  V2_10("2.10", "AUTOTLS_PEBBLE_2_10"),

  /** 2.4, of 2022: none of these. Stands for a CA that has not moved for years. */
  V2_4("2.4", "AUTOTLS_PEBBLE_2_4");

  private final String number;
  private final String variable;

  PebbleVersion(String number, String variable) {
    this.number = number;
    this.variable = variable;
  }

  /** The environment variable that may name the folder with the two programs. */
  public String variable() {
    return variable;
  }

  /** For people, and in the name of the folder: {@code 2.10}. */
  @Override
  public String toString() {
    return number;
  }
}
