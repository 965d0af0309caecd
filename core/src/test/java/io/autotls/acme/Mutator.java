package io.autotls.acme;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Makes inputs of given ones: the same inputs for the same seed. */
final class Mutator {
  private static final int[] INTERESTING = {0, '"', '\\', '{', '[', '<', ',', ';', '-', 0x80, 0xff};

  private final List<byte[]> inputs;
  private final Random random;

  Mutator(List<byte[]> inputs, long seed) {
    this.inputs = new ArrayList<>(inputs);
    this.random = new Random(seed);
  }

  /** One of the inputs, changed at a few places. */
  byte[] next() {
    byte[] input = inputs.get(random.nextInt(inputs.size())).clone();
    for (int changes = 1 + random.nextInt(4); changes > 0; changes--) {
      input = changed(input);
    }
    return input;
  }

  private byte[] changed(byte[] input) {
    if (input.length == 0) {
      return new byte[] {anyByte()};
    }
    int from = random.nextInt(input.length);
    int to = Math.min(input.length, from + 1 + random.nextInt(20));
    return switch (random.nextInt(5)) {
      case 0 -> replaced(input, from, to, new byte[0]);
      case 1 -> replaced(input, from, from, Arrays.copyOfRange(input, from, to));
      case 2 -> replaced(input, from, from + 1, new byte[] {anyByte()});
      case 3 -> replaced(input, from, from, new byte[] {anyByte()});
      default -> replaced(input, from, to, piece());
    };
  }

  private byte[] piece() {
    byte[] other = inputs.get(random.nextInt(inputs.size()));
    int from = other.length == 0 ? 0 : random.nextInt(other.length);
    return Arrays.copyOfRange(other, from, Math.min(other.length, from + random.nextInt(40)));
  }

  private byte anyByte() {
    return (byte)
        (random.nextBoolean()
            ? random.nextInt(256)
            : INTERESTING[random.nextInt(INTERESTING.length)]);
  }

  private static byte[] replaced(byte[] input, int from, int to, byte[] piece) {
    byte[] result = Arrays.copyOf(input, input.length - (to - from) + piece.length);
    System.arraycopy(piece, 0, result, from, piece.length);
    System.arraycopy(input, to, result, from + piece.length, input.length - to);
    return result;
  }
}
