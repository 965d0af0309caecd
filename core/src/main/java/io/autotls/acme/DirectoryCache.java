package io.autotls.acme;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** The directory, asked for once an hour at most, and again after the CA behaved strangely. */
final class DirectoryCache {
  private static final Duration MAX_AGE = Duration.ofHours(1);

  private final URI url;
  private final HttpChannel http;
  private final Repeats repeats;
  private final InstantSource clock;
  private final ReentrantLock fetching = new ReentrantLock(); // one fetch for all who wait for it
  private volatile @Nullable Cached cached;

  DirectoryCache(URI url, HttpChannel http, Repeats repeats, InstantSource clock) {
    this.url = url;
    this.http = http;
    this.repeats = repeats;
    this.clock = clock;
  }

  Directory get() throws AcmeException {
    Directory directory = fresh();
    if (directory != null) {
      return directory;
    }
    fetching.lock();
    try {
      directory = fresh();
      return directory != null ? directory : fetch();
    } finally {
      fetching.unlock();
    }
  }

  void forget() {
    cached = null;
  }

  private @Nullable Directory fresh() {
    Cached present = cached;
    if (present == null) {
      return null;
    }
    Duration age = Duration.between(present.since, clock.instant());
    return age.isNegative() || age.compareTo(MAX_AGE) > 0 ? null : present.directory;
  }

  private Directory fetch() throws AcmeException {
    try {
      Reply reply = repeats.of(url, () -> http.getWhereverItIs(url).orRefusal());
      Directory directory = reply.read(json -> Directory.parse(url, json));
      cached = new Cached(directory, clock.instant());
      return directory;
    } catch (AcmeProblemException e) {
      throw isDirectory(e.status()) ? e : AcmeDirectoryException.of(url, e.status(), e);
    } catch (AcmeServerException e) {
      throw isDirectory(e.status()) ? e : AcmeDirectoryException.of(url, e.status(), e);
    }
  }

  /** A server that is out of order says nothing about the URL; everything else does. */
  private static boolean isDirectory(int status) {
    return status >= 500 || status == 408;
  }

  private record Cached(Directory directory, Instant since) {}
}
