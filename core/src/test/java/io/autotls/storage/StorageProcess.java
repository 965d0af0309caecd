package io.autotls.storage;

import io.autotls.spi.ChangeListener;
import io.autotls.spi.ConflictException;
import io.autotls.spi.Entry;
import io.autotls.spi.Key;
import io.autotls.spi.KeyPrefix;
import io.autotls.spi.Version;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.zip.CRC32;

/** What other processes do to a store in {@link FileStorageTest}; each is a JVM of its own. */
final class StorageProcess implements AutoCloseable {
  /** How {@code try-lock} ends if somebody else holds the lock. */
  static final int LOCKED = 3;

  private final Process process;

  private StorageProcess(Process process) {
    this.process = process;
  }

  static StorageProcess start(String role, Path folder, int argument) throws IOException {
    String java = ProcessHandle.current().info().command().orElseThrow();
    ProcessBuilder builder =
        new ProcessBuilder(
            List.of(
                java,
                "-Xshare:auto",
                "-XX:TieredStopAtLevel=1",
                "-Xmx64m",
                "-cp",
                System.getProperty("java.class.path"),
                StorageProcess.class.getName(),
                role,
                folder.toString(),
                Integer.toString(argument)));
    builder.redirectError(ProcessBuilder.Redirect.INHERIT);
    return new StorageProcess(builder.start());
  }

  /** Waits until the process has said so many times that it got on. */
  void awaitSteps(int steps) throws IOException {
    InputStream out = process.getInputStream();
    for (int i = 0; i < steps; i++) {
      if (out.read() < 0) {
        throw new IOException("the process ended after " + i + " steps");
      }
    }
  }

  int awaitEnd() throws InterruptedException {
    return process.waitFor();
  }

  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }

  public static void main(String[] arguments) throws Exception {
    Path folder = Path.of(arguments[1]);
    int argument = Integer.parseInt(arguments[2]);
    try (FileStorage storage = FileStorage.at(folder)) {
      switch (arguments[0]) {
        case "count" -> count(storage, argument);
        case "write" -> write(storage, new Random(argument));
        case "read" -> System.out.print(text(storage.read(Key.of("a/b")).orElseThrow()));
        case "watch" -> System.out.print(isReliable(storage) ? "reliable" : "not reliable");
        case "lock" -> lock(folder);
        case "try-lock" -> System.exit(isLocked(folder) ? LOCKED : 0);
        default -> throw new IllegalArgumentException(arguments[0]);
      }
    }
  }

  private static void count(FileStorage storage, int times) throws IOException {
    step();
    for (int done = 0; done < times; ) {
      Optional<Entry> entry = storage.read(Key.of("counter"));
      int count = entry.map(e -> Integer.parseInt(text(e))).orElse(0);
      try {
        storage.write(
            Key.of("counter"),
            Integer.toString(count + 1).getBytes(StandardCharsets.UTF_8),
            entry.map(Entry::version).orElse(Version.NONE));
        done++;
      } catch (ConflictException e) {
        continue; // the other process was faster
      }
    }
  }

  private static void write(FileStorage storage, Random random) throws IOException {
    while (true) {
      String key = "torn/" + random.nextInt(3);
      Version version = storage.read(Key.of(key)).map(Entry::version).orElse(Version.NONE);
      if (random.nextInt(10) == 0 && !version.equals(Version.NONE)) {
        storage.delete(Key.of(key), version);
      } else {
        storage.write(Key.of(key), sealed(random), version);
      }
      step();
    }
  }

  private static boolean isReliable(FileStorage storage) throws IOException {
    return storage.watch(KeyPrefix.ALL, new ChangeListener(name -> {})).orElseThrow().isReliable();
  }

  private static void lock(Path folder) throws IOException {
    try (FileChannel channel =
        FileChannel.open(folder.resolve(FolderLock.FILE), StandardOpenOption.WRITE)) {
      channel.lock();
      step();
      System.in.read(); // holds it until the test ends this process
    }
  }

  private static boolean isLocked(Path folder) throws IOException {
    try (FileChannel channel =
        FileChannel.open(folder.resolve(FolderLock.FILE), StandardOpenOption.WRITE)) {
      return channel.tryLock() == null;
    }
  }

  private static void step() {
    System.out.write('.');
    System.out.flush();
  }

  /** A value whose first eight bytes tell whether the rest is whole. */
  private static byte[] sealed(Random random) {
    byte[] value = new byte[8 + random.nextInt(300_000)];
    random.nextBytes(value);
    String seal = String.format("%08x", checksum(value));
    System.arraycopy(seal.getBytes(StandardCharsets.US_ASCII), 0, value, 0, 8);
    return value;
  }

  static boolean isWhole(byte[] value) {
    return value.length >= 8
        && new String(value, 0, 8, StandardCharsets.US_ASCII)
            .equals(String.format("%08x", checksum(value)));
  }

  private static long checksum(byte[] value) {
    CRC32 checksum = new CRC32();
    checksum.update(value, 8, value.length - 8);
    return checksum.getValue();
  }

  private static String text(Entry entry) {
    return new String(entry.value(), StandardCharsets.UTF_8);
  }
}
