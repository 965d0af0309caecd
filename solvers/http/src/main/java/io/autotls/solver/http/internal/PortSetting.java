package io.autotls.solver.http.internal;

import io.autotls.spi.SpiContext;

/** The two ports of the configuration. */
public enum PortSetting {
  /** Where challenges arrive. */
  HTTP("autotls.http.port", 80),

  /** Where visitors are sent. */
  HTTPS("autotls.https.port", 443);

  private final String key;
  private final int unlessSet;

  PortSetting(String key, int unlessSet) {
    this.key = key;
    this.unlessSet = unlessSet;
  }

  /**
   * The port that is set, or the usual one.
   *
   * @throws IllegalArgumentException if the setting is not a number from 0 to 65535
   */
  public int of(SpiContext context) {
    return context.setting(key).map(this::parse).orElse(unlessSet);
  }

  private int parse(String value) {
    try {
      int port = Integer.parseInt(value.strip());
      if (port >= 0 && port <= 65535) {
        return port;
      }
    } catch (NumberFormatException e) {
      // Said below, with the name of the setting.
    }
    throw new IllegalArgumentException(key + " must be a port from 0 to 65535, not: " + value);
  }
}
