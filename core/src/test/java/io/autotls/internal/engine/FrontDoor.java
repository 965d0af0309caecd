package io.autotls.internal.engine;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/** Port 80 of a site: leads to any server that listens, and to nowhere while none does. */
final class FrontDoor implements AutoCloseable {
  private static final String PREFIX = "/.well-known/acme-challenge/";

  private final List<ServerSolver> servers = new CopyOnWriteArrayList<>();
  private final ServerSocket door;

  FrontDoor() {
    try {
      door = new ServerSocket(0, 0, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread thread = new Thread(this::serve, "front door");
    thread.setDaemon(true);
    thread.start();
  }

  int port() {
    return door.getLocalPort();
  }

  void leadsTo(ServerSolver server) {
    servers.add(server);
  }

  private void serve() {
    while (!door.isClosed()) {
      try (Socket visitor = door.accept()) {
        visitor.setSoTimeout(2_000);
        Optional<ServerSolver> server =
            servers.stream().filter(ServerSolver::isListening).findFirst();
        if (server.isPresent()) {
          answer(visitor, server.get());
        }
      } catch (IOException e) {
        // The visitor has gone, or the test has ended.
      }
    }
  }

  private static void answer(Socket visitor, ServerSolver server) throws IOException {
    BufferedReader request =
        new BufferedReader(
            new InputStreamReader(visitor.getInputStream(), StandardCharsets.US_ASCII));
    String path = String.valueOf(request.readLine()).split(" ")[1];
    for (String header = request.readLine(); !"".equals(header); header = request.readLine()) {
      if (header == null) {
        return;
      }
    }
    String page = server.page(path.replace(PREFIX, "")).orElse(null);
    String status = page == null ? "404 Not Found" : "200 OK";
    String answer =
        "HTTP/1.1 " + status + "\r\nConnection: close\r\n\r\n" + (page == null ? "" : page);
    visitor.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
  }

  @Override
  public void close() {
    try {
      door.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
