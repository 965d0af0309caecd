package io.autotls.benchmarks;

import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** The smallest application. */
final class Hello extends Handler.Abstract {
  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    Content.Sink.write(response, true, "Hello\n", callback);
    return true;
  }
}
