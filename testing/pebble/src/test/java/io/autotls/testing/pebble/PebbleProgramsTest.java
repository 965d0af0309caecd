package io.autotls.testing.pebble;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PebbleProgramsTest {
  @TempDir Path folder;

  @Test
  void theEnvironmentComesFirst() throws IOException {
    Path named = install("named", "exit 0");
    install(".tools/pebble-2.10/usr/bin", "exit 0");

    assertThat(find(PebbleVersion.V2_10, Map.of("AUTOTLS_PEBBLE_2_10", named.toString())))
        .isEqualTo(named.resolve("pebble"));
  }

  @Test
  void theToolsFolderIsFoundFromBelow() throws IOException {
    Path bin = install(".tools/pebble-2.4/usr/bin", "exit 0");
    Files.createDirectories(folder.resolve("testing/pebble"));

    assertThat(PebblePrograms.find(PebbleVersion.V2_4, Map.of(), folder.resolve("testing/pebble")))
        .map(PebblePrograms::pebble)
        .contains(bin.resolve("pebble"));
  }

  @Test
  void aPebbleOnThePathCountsIfItSaysItsVersion() throws IOException {
    String unknown = install("unknown", "echo Pebble version: dev").toString();
    String current = install("current", "echo Pebble version: v2.10.1").toString();
    String old = install("old", "exit 2").toString();
    Map<String, String> path = Map.of("PATH", String.join(":", unknown, current, old));

    assertThat(find(PebbleVersion.V2_10, path)).isEqualTo(Path.of(current, "pebble"));
    assertThat(find(PebbleVersion.V2_4, path)).isEqualTo(Path.of(old, "pebble"));
  }

  @Test
  void whatIsNowhereIsNotFound() {
    assertThat(PebblePrograms.find(PebbleVersion.V2_10, Map.of(), folder)).isEmpty();
  }

  private Path find(PebbleVersion version, Map<String, String> environment) {
    return PebblePrograms.find(version, environment, folder).orElseThrow().pebble();
  }

  private Path install(String where, String script) throws IOException {
    Path bin = Files.createDirectories(folder.resolve(where));
    for (String program : new String[] {"pebble", "pebble-challtestsrv"}) {
      Path file = Files.writeString(bin.resolve(program), "#!/bin/sh\n" + script + "\n");
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
    return bin;
  }
}
