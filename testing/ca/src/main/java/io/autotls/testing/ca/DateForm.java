package io.autotls.testing.ca;

/** The three ways to write a date in HTTP (RFC 9110 §5.6.7), all of which a client must read. */
public enum DateForm {
  /** {@code Sun, 06 Nov 1994 08:49:37 GMT}, the one to send. */
  IMF_FIXDATE,
  /** {@code Sunday, 06-Nov-94 08:49:37 GMT}, obsolete, with two digits for the year. */
  RFC_850,
  /** {@code Sun Nov 6 08:49:37 1994}, obsolete, what C's {@code asctime()} writes. */
  ASCTIME
}
