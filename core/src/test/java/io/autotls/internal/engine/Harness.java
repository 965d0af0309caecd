package io.autotls.internal.engine;

import io.autotls.AutoTls;
import io.autotls.AutoTlsEvent;
import io.autotls.CertificateSpec;
import io.autotls.CertificateStatus;
import io.autotls.KeyType;
import io.autotls.spi.Entry;
import io.autotls.spi.Issuer;
import io.autotls.spi.IssuerException;
import io.autotls.spi.IssuerException.Reaction;
import io.autotls.spi.Key;
import io.autotls.spi.KeyPrefix;
import io.autotls.spi.Listing;
import io.autotls.spi.RenewalWindow;
import io.autotls.spi.Storage;
import io.autotls.storage.MemoryStorage;
import io.autotls.testing.ReadySolver;
import io.autotls.testing.VirtualTime;
import io.autotls.testing.simulation.WithCheapKeys;
import io.autotls.tls.Credential;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/** Nodes on a virtual clock, with a scripted issuer and a store that outlives them. */
final class Harness {
  static final Instant START = Instant.parse("2026-11-24T00:00:00Z");
  static final CertificateSpec SPEC = CertificateSpec.of("example.com");

  final VirtualTime time = VirtualTime.startingAt(START);
  final MemoryStorage store = MemoryStorage.create();
  final ScriptedIssuer issuer = new ScriptedIssuer();
  final List<AutoTlsEvent> events = new ArrayList<>();

  AutoTls.Builder builder(Issuer... issuers) {
    return builder(new FaultyStorage(store), issuers);
  }

  AutoTls.Builder builder(Storage storage, Issuer... issuers) {
    AutoTls.Builder builder =
        AutoTls.builder()
            .storage(storage)
            .solver(new ReadySolver())
            .listener(events::add)
            .time(time)
            .executor(time);
    for (Issuer one : issuers) {
      builder.issuer(one);
    }
    return builder;
  }

  /** A node that wants {@link #SPEC}. */
  AutoTls node(Issuer... issuers) {
    return builder(issuers.length == 0 ? new Issuer[] {issuer.node()} : issuers)
        .certificate(SPEC)
        .enable();
  }

  void advance(Duration duration) {
    time.advance(duration);
  }

  Credential served(AutoTls tls) {
    return served(tls, "example.com");
  }

  Credential served(AutoTls tls, String name) {
    return tls.keyring().find(name);
  }

  CertificateStatus status(AutoTls tls) {
    return tls.status("example.com").orElseThrow();
  }

  boolean isServed(AutoTls tls, String name) {
    return tls.status(name).orElseThrow().serving() == CertificateStatus.Serving.CERTIFICATE;
  }

  <T extends AutoTlsEvent> List<T> events(Class<T> type) {
    return events.stream().filter(type::isInstance).map(type::cast).toList();
  }

  String record() throws IOException {
    Entry entry = store.read(Key.of("certificates/" + SPEC.id())).orElseThrow();
    return new String(entry.value(), StandardCharsets.UTF_8);
  }

  List<String> keys(String prefix) throws IOException {
    return keys(store, prefix);
  }

  /** The names of what is stored there, in order. */
  static List<String> keys(Storage store, String prefix) throws IOException {
    List<String> keys = new ArrayList<>();
    try (Listing entries = store.list(KeyPrefix.of(prefix))) {
      while (entries.next()) {
        keys.add(entries.entry().key().name());
      }
    }
    Collections.sort(keys);
    return keys;
  }

  static IssuerException failure(Reaction reaction) {
    return new IssuerException(reaction, "it did not work.", "do this.", null);
  }

  static IssuerException failure(Reaction reaction, Duration retryAfter) {
    return new IssuerException(reaction, "it did not work.", "do this.", retryAfter, null);
  }

  static RenewalWindow window(Instant start, Instant end) {
    return new RenewalWindow(start, end, Duration.ofHours(6), null);
  }

  /** Many, whose keys are of a kind that costs nothing in tests {@link WithCheapKeys}. */
  static List<CertificateSpec> specs(String prefix, int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> CertificateSpec.of(prefix + i + ".example").toBuilder())
        .map(spec -> spec.keyType(KeyType.RSA_2048).build())
        .toList();
  }
}
