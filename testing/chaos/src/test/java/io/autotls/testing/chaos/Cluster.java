package io.autotls.testing.chaos;

import io.autotls.testing.chaos.Application.Farewell;
import io.autotls.testing.pebble.Pebble;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;

/** Nodes on one folder, behind a load balancer that the CA asks on an address of their own. */
final class Cluster implements AutoCloseable {
  private static final int LAST_LINES = 120;

  private final Path folder;
  private final Path storage;
  private final Diary diary = new Diary();
  private final List<Node> nodes = new ArrayList<>();
  private final List<LoadBalancer> balancers = new ArrayList<>();
  private final Random random;

  /**
   * A cluster of nodes that are not started yet.
   *
   * @param address where the CA looks for the names, one of 127.0.0.0/8
   * @param folder for what is written, the storage aside
   * @param certificates names, with the profile of each: {@code "shop.example=short"}
   */
  Cluster(
      Pebble pebble,
      String address,
      Path folder,
      Path storage,
      List<String> certificates,
      List<ServerKind> kinds,
      Random random)
      throws IOException {
    this.folder = folder;
    this.storage = storage;
    this.random = random;
    Node.Settings settings =
        new Node.Settings(
            pebble.directory().toString(),
            pebble.httpsRootFile(),
            storage,
            String.join(",", certificates));
    for (int i = 0; i < kinds.size(); i++) {
      String name = "node-" + (i + 1);
      Farewell farewell = random.nextBoolean() ? Farewell.SERVER_FIRST : Farewell.AUTOTLS_FIRST;
      nodes.add(new Node(name, kinds.get(i), farewell, folder.resolve(name), settings, diary));
    }
    certificates.forEach(name -> pebble.dns().addA(name.split("=")[0], address));
    balancers.add(LoadBalancer.start(address, pebble.httpPort(), this::httpPorts));
    balancers.add(LoadBalancer.start(address, pebble.tlsPort(), this::tlsPorts));
  }

  private List<Integer> httpPorts() {
    return nodes.stream().filter(Node::isInRotation).map(Node::httpPort).toList();
  }

  private List<Integer> tlsPorts() {
    return nodes.stream()
        .filter(node -> node.isInRotation() && node.kind().answersTlsAlpn())
        .map(Node::httpsPort)
        .toList();
  }

  List<Node> nodes() {
    return nodes;
  }

  List<Node> in(Node.State state) {
    return nodes.stream().filter(node -> node.state() == state).toList();
  }

  Diary diary() {
    return diary;
  }

  Path storage() {
    return storage;
  }

  void start(Node node, Duration boot) throws IOException {
    node.start(boot, random.nextBoolean() ? "http-01,tls-alpn-01" : "tls-alpn-01,http-01");
  }

  /** All that helps to understand a failure; the whole logs are written to a folder. */
  String story() {
    Path logs = Path.of("target", "chaos", folder.getFileName().toString());
    StringBuilder story = new StringBuilder("Schedule:\n").append(diary).append('\n');
    try {
      Files.createDirectories(logs);
      Files.writeString(logs.resolve("schedule.txt"), diary.toString());
      for (Node node : nodes) {
        String log = node.log();
        Files.writeString(logs.resolve(node.name() + ".log"), log);
        story.append("\n== ").append(node).append(", last lines\n").append(lastLines(log));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return story.append("\nWhole logs: ").append(logs.toAbsolutePath()).append('\n').toString();
  }

  private static String lastLines(String log) {
    List<String> lines = log.lines().toList();
    return lines.subList(Math.max(0, lines.size() - LAST_LINES), lines.size()).stream()
        .collect(Collectors.joining("\n", "", "\n"));
  }

  @Override
  public void close() throws IOException {
    nodes.forEach(Node::close);
    for (LoadBalancer balancer : balancers) {
      balancer.close();
    }
  }
}
