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

  private final Site site;
  private final Diary diary = new Diary();
  private final List<Node> nodes = new ArrayList<>();
  private final List<LoadBalancer> balancers = new ArrayList<>();
  private final Random random;

  /**
   * A cluster of nodes that are not started yet.
   *
   * @param certificates names, with the profile of each: {@code "shop.example=short"}
   */
  Cluster(Site site, List<String> certificates, List<ServerKind> kinds, Random random)
      throws IOException {
    this.site = site;
    this.random = random;
    Node.Settings settings = new Node.Settings(site, String.join(",", certificates), diary);
    for (ServerKind kind : kinds) {
      Farewell farewell = random.nextBoolean() ? Farewell.SERVER_FIRST : Farewell.AUTOTLS_FIRST;
      nodes.add(new Node("node-" + (nodes.size() + 1), kind, farewell, settings));
    }
    Pebble pebble = site.pebble();
    certificates.forEach(name -> pebble.dns().addA(name.split("=")[0], site.address()));
    balancers.add(LoadBalancer.start(site.address(), pebble.httpPort(), this::httpPorts));
    balancers.add(LoadBalancer.start(site.address(), pebble.tlsPort(), this::tlsPorts));
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

  void start(Node node, Duration boot) throws IOException {
    node.start(boot, random.nextBoolean() ? "http-01,tls-alpn-01" : "tls-alpn-01,http-01");
  }

  /** All that helps to understand a failure; the whole logs are written to a folder. */
  String story() {
    Path logs = Path.of("target", "chaos", site.folder().getFileName().toString());
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
