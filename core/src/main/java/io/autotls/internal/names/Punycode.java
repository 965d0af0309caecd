package io.autotls.internal.names;

/** The decoder of RFC 3492 §6.2: what stands after {@code xn--}, back to Unicode. */
final class Punycode {
  private static final int BASE = 36;
  private static final int T_MIN = 1;
  private static final int T_MAX = 26;
  private static final int SKEW = 38;
  private static final int DAMP = 700;
  private static final int INITIAL_BIAS = 72;
  private static final int INITIAL_CODE_POINT = 0x80;

  private Punycode() {}

  /**
   * Decodes the part of a label after {@code xn--}, in lower case.
   *
   * @throws IllegalArgumentException if this is no Punycode
   */
  static String decode(String encoded) {
    int delimiter = encoded.lastIndexOf('-');
    StringBuilder output = new StringBuilder(encoded.substring(0, Math.max(0, delimiter)));
    int length = output.length(); // in code points; up to here all are ASCII
    int codePoint = INITIAL_CODE_POINT;
    int bias = INITIAL_BIAS;
    int i = 0;
    int in = delimiter > 0 ? delimiter + 1 : 0;
    while (in < encoded.length()) {
      int oldI = i;
      int weight = 1;
      for (int k = BASE; ; k += BASE) {
        if (in == encoded.length()) {
          throw new IllegalArgumentException("Punycode ends too early");
        }
        int digit = digit(encoded.charAt(in++));
        i = Math.addExact(i, multiply(digit, weight));
        int threshold = Math.min(T_MAX, Math.max(T_MIN, k - bias));
        if (digit < threshold) {
          break;
        }
        weight = multiply(weight, BASE - threshold);
      }
      length++;
      bias = adapt(i - oldI, length, oldI == 0);
      codePoint += i / length;
      i %= length;
      if (codePoint > Character.MAX_CODE_POINT) {
        throw new IllegalArgumentException("Punycode beyond Unicode");
      }
      output.insert(output.offsetByCodePoints(0, i), Character.toString(codePoint));
      i++;
    }
    return output.toString();
  }

  private static int adapt(int delta, int length, boolean first) {
    int rest = first ? delta / DAMP : delta / 2;
    rest += rest / length;
    int k = 0;
    for (; rest > (BASE - T_MIN) * T_MAX / 2; k += BASE) {
      rest /= BASE - T_MIN;
    }
    return k + (BASE - T_MIN + 1) * rest / (rest + SKEW);
  }

  private static int digit(char c) {
    if (c >= 'a' && c <= 'z') {
      return c - 'a';
    }
    if (c >= '0' && c <= '9') {
      return c - '0' + 26;
    }
    throw new IllegalArgumentException("no Punycode digit");
  }

  private static int multiply(int a, int b) {
    long product = (long) a * b;
    // Sums of positions are checked against Unicode above; this keeps them from wrapping around.
    if (product > Integer.MAX_VALUE / 2) {
      throw new IllegalArgumentException("Punycode beyond Unicode");
    }
    return (int) product;
  }
}
