package io.autotls.solver.http.internal;

import io.autotls.spi.SpiContext;

/** The ports of the configuration. */
public enum PortSetting {
  /** Where challenges arrive. */
  HTTP("autotls.http.port", 80),

  /** Where https is served. */
  HTTPS("autotls.https.port", 443),

  /** Where visitors reach it from outside, if that is another one. */
  PUBLIC_HTTPS("autotls.https.public-port", 443);

  private final String key;
  private final int unlessSet;

  PortSetting(String key, int unlessSet) {
    this.key = key;
    this.unlessSet = unlessSet;
  }

  /** Where visitors are sent. */
  public static int ofVisitors(SpiContext context) {
    return (context.setting(PUBLIC_HTTPS.key).isPresent() ? PUBLIC_HTTPS : HTTPS).of(context);
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
