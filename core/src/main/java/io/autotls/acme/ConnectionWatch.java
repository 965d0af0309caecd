package io.autotls.acme;

import java.net.InetSocketAddress;
import java.net.Proxy;
import okhttp3.Call;
import okhttp3.EventListener;

/** Notes whether a call used a connection that had been idle: then its breaking says little. */
final class ConnectionWatch {
  private volatile boolean connected;

  boolean wasPooled() {
    return !connected;
  }

  /** Tells the watch of each call. */
  static final EventListener LISTENER =
      new EventListener() {
        @Override
        public void connectStart(Call call, InetSocketAddress address, Proxy proxy) {
          ConnectionWatch watch = call.request().tag(ConnectionWatch.class);
          if (watch != null) {
            watch.connected = true;
          }
        }
      };
}
