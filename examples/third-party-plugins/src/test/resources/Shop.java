import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.autotls.AutoTls;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

/** An application that names no plug-in: all it has is a file of properties. */
public class Shop {
  public static void main(String[] arguments) throws Exception {
    try (AutoTls tls = AutoTls.enable()) {
      HttpsServer server =
          HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      server.setHttpsConfigurator(new HttpsConfigurator(tls.sslContext()));
      server.createContext("/", exchange -> exchange.sendResponseHeaders(204, -1));
      server.start();
      tls.ready().get(1, TimeUnit.MINUTES);
      System.out.println(
          "core is the "
              + (AutoTls.class.getModule().isNamed() ? "module " : "class path of ")
              + AutoTls.class.getModule().getName());
      System.out.println("open: " + server.getAddress().getPort());
      System.in.read();
      server.stop(0);
    }
  }
}
