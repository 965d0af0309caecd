package io.autotls.internal.localca;

import io.autotls.KeyType;
import io.autotls.internal.text.Keys;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes the authority, and makes its parts anew in time: an intermediate while every leaf that the
 * old one could sign has room before its end, a root two years before its end, so that clients have
 * two years to learn it. Until then its cross certificate leads them to the root that they know.
 *
 * <p>All of that goes by the wall clock, which may be wrong for an hour. Therefore a root that is
 * succeeded is kept with its key, and of all that may sign by the clock the one signs that was made
 * first: when the clock is right again, that is the one that clients trust.
 */
final class Renewals {
  /** How long a root is valid. */
  static final Duration ROOT_LIFE = Duration.ofDays(3650);

  /** How long before its end a root is succeeded by the next. */
  static final Duration ROOT_OVERLAP = Duration.ofDays(730);

  /** How long an intermediate is valid. */
  static final Duration INTERMEDIATE_LIFE = Duration.ofDays(180);

  /** How long before its end an intermediate is succeeded; no leaf lives longer. */
  static final Duration INTERMEDIATE_OVERLAP = Duration.ofDays(60);

  /** How many roots are kept besides the one that signs. */
  static final int MOST_OTHERS = 4;

  /** What a clock that is behind by more has signed is of no use to others anyway. */
  private static final Duration CLOCK_BEHIND = INTERMEDIATE_OVERLAP;

  private final Certificates certificates;
  private final SecureRandom random;

  Renewals(SecureRandom random) {
    this.random = random;
    this.certificates = new Certificates(random);
  }

  /** What is left of an authority: anything may be missing. */
  record Remains(
      @Nullable Signer root,
      @Nullable Signer intermediate,
      @Nullable X509Certificate cross,
      List<X509Certificate> formerRoots,
      Authority.Others others) {
    static Remains none() {
      return new Remains(null, null, null, List.of(), Authority.Others.NONE);
    }

    static Remains of(Authority authority) {
      return new Remains(
          authority.root(),
          authority.intermediate(),
          authority.cross(),
          authority.formerRoots(),
          authority.others());
    }
  }

  /** The authority as it should be now; equal to what is there if nothing is due or missing. */
  Authority upToDate(Remains remains, Instant now) {
    List<Signer> all = inOrder(remains);
    int chosen = 0;
    while (chosen < all.size() && !isGood(all.get(chosen), now)) {
      chosen++;
    }
    if (chosen == all.size()) {
      chosen = placeOfNext(all, remains.root(), now);
      all.add(chosen, certificates.root(newKeys(), now, ROOT_LIFE));
    }
    Signer root = all.get(chosen);
    List<Signer> earlier = all.subList(0, chosen);
    Authority.Others others =
        new Authority.Others(lasting(earlier), all.subList(chosen + 1, all.size()));
    Signer intermediate = remains.intermediate();
    X509Certificate cross = remains.cross();
    if (!root.equals(remains.root())) {
      intermediate = null;
      cross = cross(root, remains.root(), earlier, now);
    }
    if (intermediate == null || !isGoodForLeaves(intermediate, now)) {
      intermediate = certificates.intermediate(newKeys(), root, now, INTERMEDIATE_LIFE);
    }
    return new Authority(root, intermediate, cross, remains.formerRoots(), others);
  }

  /** All roots there are, in the order in which they were made. */
  private static List<Signer> inOrder(Remains remains) {
    List<Signer> all = new ArrayList<>(remains.others().earlier());
    if (remains.root() != null) {
      all.add(remains.root());
    }
    all.addAll(remains.others().later());
    return all;
  }

  /**
   * Where a new root comes: before those of a clock that was ahead, whose time is still to come, so
   * that they do not take its place early, from clients that have learned it. If the one that
   * signed has not begun either, it is our clock that is behind, and the new one comes last.
   */
  private static int placeOfNext(List<Signer> all, @Nullable Signer signed, Instant now) {
    int place = all.size();
    if (signed != null && signed.hasBegun(now)) {
      while (!all.get(place - 1).hasBegun(now)) {
        place--;
      }
    }
    return place;
  }

  /**
   * Whether a root may sign. If it seems to begin some weeks from now our clock is behind, and what
   * it signs is good for all others.
   */
  private static boolean isGood(Signer root, Instant now) {
    return root.lasts(ROOT_OVERLAP, now) && root.hasBegun(now.plus(CLOCK_BEHIND));
  }

  private static boolean isGoodForLeaves(Signer intermediate, Instant now) {
    return intermediate.lasts(INTERMEDIATE_OVERLAP, now) && intermediate.hasBegun(now);
  }

  /** Those that last longest, if there are too many. */
  private static List<Signer> lasting(List<Signer> earlier) {
    List<Signer> kept = new ArrayList<>(earlier);
    while (kept.size() > MOST_OTHERS) {
      kept.remove(Collections.min(kept, Comparator.comparing(Signer::notAfter)));
    }
    return kept;
  }

  /**
   * A root before vouches for this one while it can: the one that signed until now, which clients
   * trust, or else the last one that can. Null if none can.
   */
  private @Nullable X509Certificate cross(
      Signer root, @Nullable Signer signed, List<Signer> earlier, Instant now) {
    Signer voucher = null;
    for (Signer one : earlier) {
      boolean can = one.hasBegun(now) && one.notAfter().isAfter(now);
      voucher = can && !(voucher != null && voucher.equals(signed)) ? one : voucher;
    }
    return voucher == null ? null : certificates.cross(root, voucher, now);
  }

  private KeyPair newKeys() {
    return Keys.generate(KeyType.EC_P256, random);
  }
}
