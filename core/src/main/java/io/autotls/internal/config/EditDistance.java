package io.autotls.internal.config;

/** How many single letters one has to insert, remove, replace or swap to get from a to b. */
final class EditDistance {
  private EditDistance() {}

  static int between(String a, String b) {
    int[][] distance = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        distance[i][j] = Math.min(i, j) == 0 ? Math.max(i, j) : step(distance, a, b, i, j);
      }
    }
    return distance[a.length()][b.length()];
  }

  private static int step(int[][] distance, String a, String b, int i, int j) {
    boolean same = a.charAt(i - 1) == b.charAt(j - 1);
    int replaced = distance[i - 1][j - 1] + (same ? 0 : 1);
    int shifted = Math.min(distance[i - 1][j], distance[i][j - 1]) + 1;
    boolean swap =
        i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
    int swapped = swap ? distance[i - 2][j - 2] + 1 : Integer.MAX_VALUE;
    return Math.min(Math.min(replaced, shifted), swapped);
  }
}
