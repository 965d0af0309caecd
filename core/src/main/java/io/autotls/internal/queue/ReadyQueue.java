package io.autotls.internal.queue;

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
 * What is due and waits for a worker: one line for each priority, and within it one for each
 * channel.
 *
 * <p>Priorities share by stride scheduling: each pick moves its priority on by a step that is the
 * smaller the larger the weight is, and the priority that is furthest behind goes next. A priority
 * that had nothing to do, or was closed, saves up no credit. The resources of a priority take
 * turns; but of {@value #PICKS} picks no more than one goes to a new attempt while there are steps
 * of attempts that are under way: what was begun is finished, and what is slow to finish keeps
 * nobody out.
 *
 * <p>Not safe for use by many threads: the {@link TaskQueue} guards it.
 */
final class ReadyQueue {
  private static final int STRIDE = 64; // a multiple of every weight
  private static final int PICKS = 4;

  private final Map<Priority, Line> lines = new EnumMap<>(Priority.class);
  private long progress; // how far the priorities have come

  ReadyQueue() {
    for (Priority priority : Priority.values()) {
      lines.put(priority, new Line(priority));
    }
  }

  private static final class Line {
    private final Priority priority;
    private final Map<Resource, TreeSet<QueuedTask>> resources =
        new LinkedHashMap<>(); // next one first
    private long progress;
    private boolean newestNext;
    private int picks; // since a new attempt was last taken

    private Line(Priority priority) {
      this.priority = priority;
    }

    private @Nullable Resource firstOpen(Predicate<Resource> isOpen) {
      boolean beginnings = picks >= PICKS - 1;
      Resource open = null;
      for (Resource resource : resources.keySet()) {
        boolean preferred = isBeginning(resource) == beginnings;
        if ((preferred || open == null) && isOpen.test(resource)) {
          if (preferred) {
            return resource;
          }
          open = resource;
        }
      }
      return open;
    }

    private static boolean isBeginning(Resource resource) {
      return resource.kind() == Resource.Kind.BEGINNING;
    }

    /** Takes from a resource, which then stands at the end. */
    private QueuedTask take(Resource resource) {
      TreeSet<QueuedTask> slots = resources.remove(resource);
      boolean beginning = isBeginning(resource);
      picks = beginning ? 0 : Math.min(picks + 1, PICKS);
      // Somebody who has just asked for a name waits for it; whoever asked for thousands does not.
      QueuedTask taken = beginning && newestNext ? slots.pollLast() : slots.pollFirst();
      newestNext = beginning ? priority == Priority.FIRST && !newestNext : newestNext;
      if (!slots.isEmpty()) {
        resources.put(resource, slots);
      }
      return taken;
    }
  }

  void add(QueuedTask slot) {
    line(slot).resources.computeIfAbsent(slot.resource(), resource -> new TreeSet<>()).add(slot);
  }

  void remove(QueuedTask slot) {
    Map<Resource, TreeSet<QueuedTask>> resources = line(slot).resources;
    TreeSet<QueuedTask> slots = resources.get(slot.resource());
    if (slots != null && slots.remove(slot) && slots.isEmpty()) {
      resources.remove(slot.resource());
    }
  }

  private Line line(QueuedTask slot) {
    return lines.get(slot.priority());
  }

  /** Takes what goes next of the resources that are open; null if there is nothing. */
  @Nullable QueuedTask poll(Predicate<Resource> isOpen) {
    Line best = null;
    Resource resource = null;
    for (Line line : lines.values()) {
      if (best != null && reached(line) >= reached(best)) {
        continue;
      }
      Resource open = line.firstOpen(isOpen);
      if (open != null) {
        best = line;
        resource = open;
      }
    }
    if (best == null || resource == null) {
      return null;
    }
    progress = reached(best);
    best.progress = progress + STRIDE / best.priority.weight();
    return best.take(resource);
  }

  private long reached(Line line) {
    return Math.max(line.progress, progress);
  }

  /** The resources for which something waits. */
  Set<Resource> resources() {
    Set<Resource> resources = new LinkedHashSet<>();
    lines.values().forEach(line -> resources.addAll(line.resources.keySet()));
    return resources;
  }

  /** What waits for a resource. */
  List<QueuedTask> of(Resource resource) {
    List<QueuedTask> all = new ArrayList<>();
    for (Line line : lines.values()) {
      TreeSet<QueuedTask> slots = line.resources.get(resource);
      if (slots != null) {
        all.addAll(slots);
      }
    }
    return all;
  }
}
