package io.autotls.testing.chaos;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A folder that can be made read-only and full. A small file system of its own where we may mount
 * one. Elsewhere it is made read-only by its mode, which root would not notice, and it cannot be
 * filled.
 */
final class FaultyFolder implements AutoCloseable {
  private static final int ATTEMPTS = 400;

  private final Path folder;
  private final boolean mounted;

  private FaultyFolder(Path folder, boolean mounted) {
    this.folder = folder;
    this.mounted = mounted;
  }

  /** Creates the folder; says so loudly if some faults are not possible here. */
  static FaultyFolder create(Path folder) throws IOException, InterruptedException {
    Files.createDirectories(folder);
    Optional<String> refusal =
        run("mount", "-t", "tmpfs", "-o", "size=4m,mode=0700", "tmpfs", folder.toString());
    FaultyFolder result = new FaultyFolder(folder, refusal.isEmpty());
    refusal.ifPresent(
        why ->
            System.err.println(
                "SKIPPED: no full storage"
                    + (isRoot() ? ", and no read-only one" : "")
                    + " in this chaos, since nothing can be mounted here: "
                    + why));
    if (result.mounted) {
      // A test that is aborted must not leave a file system behind.
      Runtime.getRuntime().addShutdownHook(new Thread(result::unmount, "end of " + folder));
    }
    return result;
  }

  private static boolean isRoot() {
    return "root".equals(System.getProperty("user.name"));
  }

  /** The faults that are possible here. */
  List<Fault> faults() {
    List<Fault> faults = new ArrayList<>();
    if (mounted) {
      faults.add(new Fault("read-only", () -> remount("ro"), () -> remount("rw")));
      faults.add(new Fault("full", this::fill, () -> Files.delete(ballast())));
    } else if (!isRoot()) {
      faults.add(new Fault("read-only", () -> setMode("r-xr-x---"), () -> setMode("rwxr-x---")));
    }
    return faults;
  }

  /** One way to fail, and the way back. */
  record Fault(String name, Action begin, Action end) {}

  /** A change to the folder. */
  @FunctionalInterface
  interface Action {
    void run() throws IOException, InterruptedException;
  }

  /** Refused while a file is open for writing, which is never for long. */
  private void remount(String how) throws IOException, InterruptedException {
    Optional<String> refusal = Optional.empty();
    for (int i = 0; i < ATTEMPTS; i++) {
      refusal = run("mount", "-o", "remount," + how, folder.toString());
      if (refusal.isEmpty()) {
        return;
      }
      TimeUnit.MILLISECONDS.sleep(5);
    }
    throw new IOException("cannot remount " + folder + ": " + refusal.get());
  }

  private Path ballast() {
    return folder.resolve("ballast");
  }

  private void fill() throws IOException {
    byte[] zeros = new byte[4096];
    try (OutputStream out =
        Files.newOutputStream(ballast(), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      for (; ; ) {
        out.write(zeros);
      }
    } catch (IOException e) {
      if (!String.valueOf(e.getMessage()).contains("No space left")) {
        throw e;
      }
    }
  }

  private void setMode(String mode) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.filter(Files::isDirectory).toList()) {
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
      }
    }
  }

  /** Empty if it worked, else what the program said. */
  private static Optional<String> run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    return process.waitFor() == 0 ? Optional.empty() : Optional.of(said);
  }

  private void unmount() {
    try {
      run("umount", "-l", folder.toString());
    } catch (IOException e) {
      System.err.println("cannot unmount " + folder + ": " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    if (mounted) {
      unmount();
    }
  }
}
