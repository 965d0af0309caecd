package io.autotls.testing.pebble;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Hashtable;
import java.util.List;
import javax.naming.Context;
import javax.naming.NamingEnumeration;
import javax.naming.NamingException;
import javax.naming.directory.Attribute;
import javax.naming.directory.DirContext;
import javax.naming.directory.InitialDirContext;

/** Asks one DNS server, by means of the JDK. */
final class DnsQuery {
  private DnsQuery() {}

  /** The values of one record type, in no order; an exception if there are none. */
  static List<String> ask(InetSocketAddress server, String host, String type)
      throws NamingException {
    Hashtable<String, String> environment = new Hashtable<>();
    environment.put(Context.INITIAL_CONTEXT_FACTORY, "com.sun.jndi.dns.DnsContextFactory");
    environment.put(
        Context.PROVIDER_URL, "dns://" + server.getHostString() + ":" + server.getPort());
    environment.put("com.sun.jndi.dns.timeout.initial", "500");
    environment.put("com.sun.jndi.dns.timeout.retries", "1");
    DirContext context = new InitialDirContext(environment);
    try {
      List<String> values = new ArrayList<>();
      Attribute answer = context.getAttributes(host, new String[] {type}).get(type);
      if (answer != null) {
        NamingEnumeration<?> all = answer.getAll();
        while (all.hasMore()) {
          values.add(String.valueOf(all.next()));
        }
      }
      return values;
    } finally {
      context.close();
    }
  }
}
