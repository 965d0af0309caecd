package io.autotls.internal.config;

import java.util.regex.Pattern;

/**
 * Environment variables that Kubernetes gives to each pod of a namespace, one set for each of its
 * Services ("service links", after Docker's). Those of a Service called {@code autotls}, or {@code
 * autotls-…}, begin as our own do, and some even bear the name of a setting: {@code
 * AUTOTLS_HTTP_PORT=tcp://10.96.0.8:80} belongs to a Service called {@code autotls-http}.
 */
final class ServiceLinks {
  private static final Pattern NAME =
      Pattern.compile(
          "AUTOTLS(_[A-Z0-9_]+)?_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?"
              + "|PORT_\\d{1,5}_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)");

  private static final Pattern PORT = Pattern.compile("AUTOTLS(_[A-Z0-9_]+)?_PORT");
  private static final Pattern ADDRESS =
      Pattern.compile("(tcp|udp|sctp)://.+", Pattern.CASE_INSENSITIVE);

  private ServiceLinks() {}

  /** Whether a variable is one of them; {@code _PORT} alone is so only with an address in it. */
  static boolean isOne(String name, String value) {
    return NAME.matcher(name).matches()
        || (PORT.matcher(name).matches() && ADDRESS.matcher(value.strip()).matches());
  }
}
