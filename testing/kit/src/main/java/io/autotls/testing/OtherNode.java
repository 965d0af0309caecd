package io.autotls.testing;

import io.autotls.AutoTls;
import io.autotls.spi.Challenge;
import io.autotls.spi.Entry;
import io.autotls.spi.Issuance;
import io.autotls.spi.IssuerContext;
import io.autotls.spi.Key;
import io.autotls.spi.KeyPrefix;
import io.autotls.spi.Listing;
import io.autotls.spi.Storage;
import io.autotls.spi.Version;
import io.autotls.storage.MemoryStorage;
import java.io.IOException;
import java.security.KeyPair;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * Another node of the cluster, which publishes challenges in the storage that it shares with the
 * node under test. For tests of what answers for other nodes.
 */
public final class OtherNode implements AutoCloseable {
  private static final Issuance WORK =
      Issuance.builder("other", List.of(TestAutoTls.NAME), new KeyPair(null, null)).build();

  private final MemoryStorage stored = MemoryStorage.create();
  private final Storage shared;
  private final Spokesman issuer = new Spokesman();
  private final AutoTls tls;

  private OtherNode(Duration latency) {
    this.shared = new Distant(stored, latency);
    this.tls =
        AutoTls.builder()
            .domains(TestAutoTls.NAME)
            .issuer(issuer)
            .solver(new Published("http-01"))
            .solver(new Published("tls-alpn-01"))
            .storage(stored)
            .enable();
  }

  /**
   * Begins one.
   *
   * @param latency how long the node under test waits for each look at the challenges
   */
  public static OtherNode start(Duration latency) {
    return new OtherNode(latency);
  }

  /** The storage for the node under test. */
  public Storage storage() {
    return shared;
  }

  /** Makes a challenge known to all nodes. */
  public void publish(Challenge challenge) throws IOException {
    issuer.context.present(WORK, List.of(challenge));
  }

  @Override
  public void close() {
    tls.close();
  }

  /** Answers nothing by itself: the node under test does. */
  private static final class Published extends ReadySolver {
    private final String type;

    private Published(String type) {
      this.type = type;
    }

    @Override
    public String type() {
      return type;
    }

    @Override
    public Optional<String> place(Challenge challenge) {
      return type.equals("tls-alpn-01") ? Optional.of(challenge.identifier()) : Optional.empty();
    }
  }

  private static final class Spokesman extends TestAutoTls.Silence {
    private volatile IssuerContext context;

    @Override
    public void start(IssuerContext context) {
      this.context = context;
    }
  }

  /** A storage far away. */
  private record Distant(Storage near, Duration latency) implements Storage {
    private void travel(String where) {
      if (where.startsWith("challenges/")) {
        LockSupport.parkNanos(latency.toNanos());
      }
    }

    @Override
    public Optional<Entry> read(Key key) throws IOException {
      travel(key.name());
      return near.read(key);
    }

    @Override
    public Listing list(KeyPrefix prefix) throws IOException {
      travel(prefix.text());
      return near.list(prefix);
    }

    @Override
    public Version write(Key key, byte[] value, Version expected) throws IOException {
      return near.write(key, value, expected);
    }

    @Override
    public boolean delete(Key key, Version expected) throws IOException {
      return near.delete(key, expected);
    }

    @Override
    public String location() {
      return "memory:far-away";
    }

    @Override
    public void close() {}
  }
}
