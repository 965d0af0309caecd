package io.autotls.testing.pebble;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Where the two programs of one version of Pebble are. */
record PebblePrograms(PebbleVersion version, Path pebble, Path challengeServer) {
  private static final String PEBBLE = "pebble";
  private static final String CHALLENGE_SERVER = "pebble-challtestsrv";
  private static final Pattern NUMBER = Pattern.compile("(\\d+)\\.(\\d+)");

  /** Looks where the environment says, in {@code .tools} of the repository, then on the path. */
  static Optional<PebblePrograms> find(PebbleVersion version) {
    return find(version, System.getenv(), Path.of("").toAbsolutePath());
  }

  static Optional<PebblePrograms> find(
      PebbleVersion version, Map<String, String> environment, Path workingDirectory) {
    String named = environment.get(version.variable());
    if (named != null) {
      return in(version, Path.of(named));
    }
    Stream<Path> tools =
        Stream.iterate(workingDirectory, folder -> folder != null, Path::getParent)
            .map(folder -> folder.resolve(".tools").resolve("pebble-" + version));
    return tools
        .flatMap(folder -> in(version, folder).stream())
        .findFirst()
        .or(() -> onPath(version, environment.getOrDefault("PATH", "")));
  }

  /**
   * Fails if the environment demands Pebble; else says loudly, and returns, why tests are skipped.
   */
  static String skipOrFail(PebbleVersion version) {
    String reason = "Pebble " + version + " not found; run .ci/install-pebble";
    if ("1".equals(System.getenv("AUTOTLS_REQUIRE_PEBBLE"))) {
      throw new AssertionError(reason + " (AUTOTLS_REQUIRE_PEBBLE=1 forbids to skip the test)");
    }
    System.err.println("SKIPPED: " + reason);
    return reason;
  }

  private static Optional<PebblePrograms> in(PebbleVersion version, Path folder) {
    return Stream.of(folder, folder.resolve("usr").resolve("bin"))
        .map(bin -> new PebblePrograms(version, bin.resolve(PEBBLE), bin.resolve(CHALLENGE_SERVER)))
        .filter(found -> isProgram(found.pebble) && isProgram(found.challengeServer))
        .findFirst();
  }

  private static boolean isProgram(Path file) {
    return Files.isRegularFile(file) && Files.isExecutable(file);
  }

  private static Optional<PebblePrograms> onPath(PebbleVersion version, String path) {
    return Stream.of(path.split(Pattern.quote(File.pathSeparator)))
        .filter(folder -> !folder.isEmpty())
        .flatMap(folder -> in(version, Path.of(folder)).stream())
        .filter(found -> found.answersAs(version))
        .findFirst();
  }

  /** Anything may be on the path: it counts if it says so, or, as 2.4 did, knows no -version. */
  private boolean answersAs(PebbleVersion wanted) {
    try {
      Process process =
          new ProcessBuilder(pebble.toString(), "-version").redirectErrorStream(true).start();
      try {
        String output =
            new String(process.getInputStream().readNBytes(4096), StandardCharsets.UTF_8);
        boolean known = process.waitFor(60, TimeUnit.SECONDS) && process.exitValue() == 0;
        return wanted == PebbleVersion.V2_4 ? !known : known && isAtLeast210(output);
      } finally {
        process.destroyForcibly();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static boolean isAtLeast210(String output) {
    Matcher number = NUMBER.matcher(output);
    return number.find()
        && Integer.parseInt(number.group(1)) == 2
        && Integer.parseInt(number.group(2)) >= 10;
  }
}
