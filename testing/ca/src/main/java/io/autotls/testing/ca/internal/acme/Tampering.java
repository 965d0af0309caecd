package io.autotls.testing.ca.internal.acme;

import io.autotls.testing.ca.internal.pki.Leaf;
import java.util.List;
import java.util.function.UnaryOperator;

/** What a test does to certificates before they are signed, and to chains before they are sent. */
public final class Tampering {
  private volatile UnaryOperator<Leaf> leaves = UnaryOperator.identity();
  private volatile UnaryOperator<List<String>> blocks = UnaryOperator.identity();
  private volatile boolean refusesAlternates;
  private volatile UnaryOperator<String> texts = UnaryOperator.identity();

  public synchronized void addToLeaves(UnaryOperator<Leaf> change) {
    UnaryOperator<Leaf> before = leaves;
    leaves = leaf -> change.apply(before.apply(leaf));
  }

  /** Changes the PEM blocks of a chain, which begin with that of the leaf. */
  public synchronized void addToBlocks(UnaryOperator<List<String>> change) {
    UnaryOperator<List<String>> before = blocks;
    blocks = list -> change.apply(before.apply(list));
  }

  public synchronized void addToTexts(UnaryOperator<String> change) {
    UnaryOperator<String> before = texts;
    texts = text -> change.apply(before.apply(text));
  }

  public void refuseAlternates() {
    refusesAlternates = true;
  }

  boolean refusesAlternates() {
    return refusesAlternates;
  }

  public synchronized void clear() {
    refusesAlternates = false;
    leaves = UnaryOperator.identity();
    blocks = UnaryOperator.identity();
    texts = UnaryOperator.identity();
  }

  Leaf leaf(Leaf intact) {
    return leaves.apply(intact);
  }

  String pem(List<String> intact) {
    return texts.apply(String.join("", blocks.apply(intact)));
  }
}
