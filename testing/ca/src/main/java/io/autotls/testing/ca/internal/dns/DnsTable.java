package io.autotls.testing.ca.internal.dns;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/** What a DNS server knows. A name without addresses of its own has the default ones. */
public final class DnsTable {
  private static final int MAX_ALIASES = 8;

  private final Map<String, List<DnsRecord>> records = new HashMap<>();
  private final Map<String, Integer> failures = new HashMap<>();
  private final Set<String> silent = new HashSet<>();
  private final Map<String, DnsRecord> zones = new HashMap<>();
  private final List<DnsQuestion> asked = new ArrayList<>();
  private List<InetAddress> defaults = List.of();

  /** A question somebody asked. */
  public record DnsQuestion(String name, int type) {}

  public synchronized void defaults(List<InetAddress> addresses) {
    defaults = List.copyOf(addresses);
  }

  public synchronized void add(DnsRecord record) {
    String name = DnsName.canonical(record.name());
    DnsName.encode(name);
    records.computeIfAbsent(name, absent -> new ArrayList<>()).add(record);
    if (record.type() == DnsRecord.SOA) {
      zones.put(name, record);
    }
  }

  public synchronized void removeIf(String name, Predicate<DnsRecord> which) {
    records.getOrDefault(DnsName.canonical(name), new ArrayList<>()).removeIf(which);
  }

  public synchronized void fail(String name, int code) {
    failures.put(DnsName.canonical(name), code);
  }

  public synchronized void silence(String name) {
    silent.add(DnsName.canonical(name));
  }

  public synchronized void heal(String name) {
    failures.remove(DnsName.canonical(name));
    silent.remove(DnsName.canonical(name));
  }

  public synchronized void remove(String name) {
    records.remove(DnsName.canonical(name));
    zones.remove(DnsName.canonical(name));
    heal(name);
  }

  public synchronized List<DnsQuestion> asked() {
    return List.copyOf(asked);
  }

  public synchronized List<DnsRecord> records(String name, int type) {
    return records.getOrDefault(DnsName.canonical(name), List.of()).stream()
        .filter(record -> record.type() == type)
        .toList();
  }

  /** The answer to a query; empty if nothing is to be said. */
  synchronized Optional<DnsMessage> answer(DnsMessage query) {
    String name = DnsName.canonical(query.name());
    asked.add(new DnsQuestion(name, query.type()));
    List<DnsRecord> answers = new ArrayList<>();
    for (int alias = 0; alias < MAX_ALIASES; alias++) {
      if (silent.contains(name)) {
        return Optional.empty();
      }
      if (failures.containsKey(name)) {
        return Optional.of(query.respond(failures.get(name), answers, negative(name)));
      }
      List<DnsRecord> found = find(name, query.type());
      answers.addAll(found);
      List<DnsRecord> aliases = records(name, DnsRecord.CNAME);
      if (!found.isEmpty() || aliases.isEmpty()) {
        break;
      }
      answers.add(aliases.get(0));
      name = DnsName.canonical(aliases.get(0).toName());
    }
    List<DnsRecord> authority = answers.isEmpty() ? negative(name) : List.of();
    return Optional.of(query.respond(DnsMessage.NO_ERROR, answers, authority));
  }

  private List<DnsRecord> find(String name, int type) {
    List<DnsRecord> own = records(name, type);
    boolean address = type == DnsRecord.A || type == DnsRecord.AAAA;
    if (!own.isEmpty() || !address || hasOwnAddress(name)) {
      return own;
    }
    return defaults.stream()
        .map(ip -> DnsRecord.address(name, ip))
        .filter(record -> record.type() == type)
        .toList();
  }

  private boolean hasOwnAddress(String name) {
    return records.getOrDefault(name, List.of()).stream()
        .anyMatch(
            r ->
                r.type() == DnsRecord.A
                    || r.type() == DnsRecord.AAAA
                    || r.type() == DnsRecord.CNAME);
  }

  /** The SOA that says which zone knows of no such record (RFC 2308 §3). */
  private List<DnsRecord> negative(String name) {
    for (String zone = name; ; zone = zone.substring(zone.indexOf('.') + 1)) {
      if (zones.containsKey(zone)) {
        return List.of(zones.get(zone));
      }
      if (zone.indexOf('.') < 0) {
        return List.of();
      }
    }
  }
}
