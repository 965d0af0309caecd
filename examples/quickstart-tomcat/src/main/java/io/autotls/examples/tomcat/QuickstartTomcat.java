package io.autotls.examples.tomcat;

import io.autotls.AutoTls;
import io.autotls.examples.Walkthrough;
import io.autotls.tomcat.TomcatAutoTls;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.catalina.Context;
import org.apache.catalina.startup.Tomcat;

/**
 * An application on Tomcat that gets, serves and renews its own certificate. {@link #start} is all
 * that an application needs; the rest shows that it works.
 */
public final class QuickstartTomcat {
  private QuickstartTomcat() {}

  public static void main(String[] args) throws Exception {
    new Walkthrough(System.out).run(args, QuickstartTomcat::start);
  }

  private static Walkthrough.Running start(AutoTls tls) throws Exception {
    Path folder = Files.createTempDirectory("autotls-tomcat");
    Tomcat tomcat = new Tomcat();
    tomcat.setBaseDir(folder.toString());
    Context application = tomcat.addContext("", folder.toString());
    Tomcat.addServlet(application, "hello", new Hello()).addMapping("/");
    TomcatAutoTls.install(tomcat, tls);
    tomcat.start();
    return () -> {
      tomcat.stop();
      tomcat.destroy();
    };
  }

  private static final class Hello extends HttpServlet {
    private static final long serialVersionUID = 1L;

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      response.getWriter().println("Hello over HTTPS");
    }
  }
}
