package io.autotls.internal.engine;

import io.autotls.internal.engine.Agenda.Slot;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What is due and waits for a worker: one line for each lane, and within it one for each channel.
 *
 * <p>Lanes share by stride scheduling: each pick moves its lane on by a step that is the smaller
 * the larger the weight is, and the lane that is furthest behind goes next. A lane that had nothing
 * to do, or was closed, saves up no credit. The channels of a lane take turns.
 *
 * <p>Not safe for use by many threads: the {@link Agenda} guards it.
 */
final class Lines {
  private static final int STRIDE = 64; // a multiple of every weight

  private final Map<Lane, Line> lines = new EnumMap<>(Lane.class);
  private long progress; // how far the lanes have come

  Lines() {
    for (Lane lane : Lane.values()) {
      lines.put(lane, new Line(lane));
    }
  }

  private static final class Line {
    private final Lane lane;
    private final Map<String, TreeSet<Slot>> channels = new LinkedHashMap<>(); // next one first
    private long progress;
    private boolean newestNext;

    private Line(Lane lane) {
      this.lane = lane;
    }

    private @Nullable String firstOpen(Predicate<String> isOpen) {
      for (String channel : channels.keySet()) {
        if (isOpen.test(channel)) {
          return channel;
        }
      }
      return null;
    }

    /** Takes from a channel, which then stands at the end. */
    private Slot take(String channel) {
      TreeSet<Slot> slots = channels.remove(channel);
      Slot taken = newestNext ? slots.pollLast() : slots.pollFirst();
      // Somebody who has just asked for a name waits for it; whoever asked for thousands does not.
      newestNext = lane == Lane.FIRST && !newestNext;
      if (!slots.isEmpty()) {
        channels.put(channel, slots);
      }
      return taken;
    }
  }

  void add(Slot slot) {
    line(slot).channels.computeIfAbsent(slot.channel(), channel -> new TreeSet<>()).add(slot);
  }

  void remove(Slot slot) {
    Map<String, TreeSet<Slot>> channels = line(slot).channels;
    TreeSet<Slot> slots = channels.get(slot.channel());
    if (slots != null && slots.remove(slot) && slots.isEmpty()) {
      channels.remove(slot.channel());
    }
  }

  private Line line(Slot slot) {
    return lines.get(slot.lane());
  }

  /** Takes what goes next of the channels that are open; null if there is nothing. */
  @Nullable Slot poll(Predicate<String> isOpen) {
    Line best = null;
    String channel = null;
    for (Line line : lines.values()) {
      if (best != null && reached(line) >= reached(best)) {
        continue;
      }
      String open = line.firstOpen(isOpen);
      if (open != null) {
        best = line;
        channel = open;
      }
    }
    if (best == null || channel == null) {
      return null;
    }
    progress = reached(best);
    best.progress = progress + STRIDE / best.lane.weight();
    return best.take(channel);
  }

  private long reached(Line line) {
    return Math.max(line.progress, progress);
  }

  /** The channels for which something waits. */
  Set<String> channels() {
    Set<String> channels = new LinkedHashSet<>();
    lines.values().forEach(line -> channels.addAll(line.channels.keySet()));
    return channels;
  }

  /** What waits for a channel. */
  List<Slot> of(String channel) {
    List<Slot> all = new ArrayList<>();
    for (Line line : lines.values()) {
      TreeSet<Slot> slots = line.channels.get(channel);
      if (slots != null) {
        all.addAll(slots);
      }
    }
    return all;
  }
}
