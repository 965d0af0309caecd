package io.autotls.testing.chaos;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * Passes TCP connections on to the nodes of a cluster in turn, as a load balancer does: those that
 * refuse are passed over, and without any the connection ends.
 */
final class LoadBalancer implements AutoCloseable {
  private static final int CONNECT_MILLIS = 2_000;

  private final ServerSocket listener;
  private final Supplier<List<Integer>> ports;
  private final AtomicInteger turn = new AtomicInteger();
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final ExecutorService threads =
      Executors.newCachedThreadPool(
          task -> {
            Thread thread = new Thread(task, "load balancer");
            thread.setDaemon(true);
            return thread;
          });

  private LoadBalancer(ServerSocket listener, Supplier<List<Integer>> ports) {
    this.listener = listener;
    this.ports = ports;
  }

  /** Listens on one address only: there are many of them, 127.0.0.0/8. */
  static LoadBalancer start(String address, int port, Supplier<List<Integer>> ports)
      throws IOException {
    ServerSocket listener = new ServerSocket();
    listener.bind(new InetSocketAddress(address, port), 200);
    LoadBalancer balancer = new LoadBalancer(listener, ports);
    balancer.threads.execute(balancer::accept);
    return balancer;
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket client = listener.accept();
        open.add(client);
        threads.execute(() -> serve(client));
      } catch (IOException e) {
        // Closed, or a connection that was gone before it was accepted.
      }
    }
  }

  private void serve(Socket client) {
    List<Integer> nodes = ports.get();
    int first = turn.getAndIncrement();
    for (int i = 0; i < nodes.size(); i++) {
      Socket node = new Socket();
      try {
        int port = nodes.get(Math.floorMod(first + i, nodes.size()));
        node.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), CONNECT_MILLIS);
      } catch (IOException e) {
        end(node);
        continue;
      }
      open.add(node);
      threads.execute(() -> copy(client, node));
      copy(node, client);
      end(node);
      end(client);
      return;
    }
    end(client);
  }

  private void copy(Socket from, Socket to) {
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      byte[] buffer = new byte[8192];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        out.write(buffer, 0, n);
      }
      to.shutdownOutput();
    } catch (IOException e) {
      end(from);
      end(to);
    }
  }

  private void end(Socket socket) {
    open.remove(socket);
    try {
      socket.close();
    } catch (IOException e) {
      // It is gone, as it should be.
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    open.forEach(this::end);
    threads.shutdownNow();
  }
}
