package io.autotls.testing.ca;

import io.autotls.testing.ca.internal.acme.IpLiteral;
import io.autotls.testing.ca.internal.dns.DnsMessage;
import io.autotls.testing.ca.internal.dns.DnsRecord;
import io.autotls.testing.ca.internal.dns.DnsServer;
import io.autotls.testing.ca.internal.dns.DnsTable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.List;

/**
 * A DNS server in the process of the test, over UDP and TCP on 127.0.0.1.
 *
 * <p>It is authoritative for everything: a name without addresses of its own has the default ones
 * (127.0.0.1 unless {@link #defaultAddresses} says otherwise), all other questions have an empty
 * answer. Times to live are zero, changes are seen by the next query. A {@link TestCa} brings one
 * along; {@link #start()} makes one alone, for tests of DNS clients.
 *
 * <p>Safe for use by many threads. Names are compared without regard to case, a dot at the end does
 * not matter.
 */
public final class TestDns implements AutoCloseable {
  /** A question that arrived: the name in lower case, the number of the record type. */
  public record Query(String name, int type) {}

  private final DnsTable table;
  private final DnsServer server;

  private TestDns(DnsTable table, DnsServer server) {
    this.table = table;
    this.server = server;
  }

  /** Starts a server on a free port. */
  public static TestDns start() {
    DnsTable table = new DnsTable();
    try {
      return new TestDns(table, DnsServer.start(table, new DaemonThreads("test-dns")))
          .defaultAddresses("127.0.0.1");
    } catch (IOException e) {
      throw new UncheckedIOException("The DNS server for tests cannot listen on 127.0.0.1", e);
    }
  }

  /** Where to ask; the port is the same for UDP and TCP. */
  public InetSocketAddress address() {
    return server.address();
  }

  /** Sets the addresses of all names which have none of their own; none means no answer. */
  public TestDns defaultAddresses(String... ips) {
    table.defaults(Arrays.stream(ips).map(TestDns::ip).toList());
    return this;
  }

  /** Replaces the addresses of a name: IPv4 literals become A records, IPv6 literals AAAA. */
  public TestDns a(String name, String... ips) {
    List<InetAddress> addresses = Arrays.stream(ips).map(TestDns::ip).toList();
    table.removeIf(name, r -> r.type() == DnsRecord.A || r.type() == DnsRecord.AAAA);
    addresses.forEach(address -> table.add(DnsRecord.address(name, address)));
    return this;
  }

  /** Replaces the TXT records of a name. */
  public TestDns txt(String name, String... values) {
    table.removeIf(name, r -> r.type() == DnsRecord.TXT);
    Arrays.stream(values).forEach(value -> addTxt(name, value));
    return this;
  }

  /** Adds a TXT record beside those which are there. */
  public TestDns addTxt(String name, String value) {
    table.add(DnsRecord.txt(name, value));
    return this;
  }

  /** Removes the TXT records with this value. */
  public TestDns removeTxt(String name, String value) {
    table.removeIf(name, r -> r.type() == DnsRecord.TXT && r.toText().equals(value));
    return this;
  }

  /** The values of the TXT records of a name, in the order in which they were added. */
  public List<String> txt(String name) {
    return table.records(name, DnsRecord.TXT).stream().map(DnsRecord::toText).toList();
  }

  /** Makes a name an alias of another. */
  public TestDns cname(String name, String target) {
    table.removeIf(name, r -> r.type() == DnsRecord.CNAME);
    table.add(DnsRecord.cname(name, target));
    return this;
  }

  /** Makes a name the apex of a zone: SOA and NS records, SOA in its negative answers. */
  public TestDns zone(String name, String nameServer) {
    table.removeIf(name, r -> r.type() == DnsRecord.SOA || r.type() == DnsRecord.NS);
    table.add(DnsRecord.soa(name, nameServer, 1));
    table.add(DnsRecord.ns(name, nameServer));
    return this;
  }

  /** Adds a CAA record, such as {@code caa("example.com", "issue", "ca.test")}. */
  public TestDns caa(String name, String tag, String value) {
    table.add(DnsRecord.caa(name, tag, value));
    return this;
  }

  /** Answers SERVFAIL for a name until {@link #heal}. */
  public TestDns servfail(String name) {
    table.fail(name, DnsMessage.SERVFAIL);
    return this;
  }

  /** Answers NXDOMAIN for a name until {@link #heal}. */
  public TestDns nxdomain(String name) {
    table.fail(name, DnsMessage.NXDOMAIN);
    return this;
  }

  /** Answers REFUSED for a name until {@link #heal}. */
  public TestDns refuse(String name) {
    table.fail(name, DnsMessage.REFUSED);
    return this;
  }

  /** Says nothing when asked for a name, until {@link #heal}: the peer runs into its timeout. */
  public TestDns ignore(String name) {
    table.silence(name);
    return this;
  }

  /** Ends {@link #servfail}, {@link #nxdomain}, {@link #refuse} and {@link #ignore} for a name. */
  public TestDns heal(String name) {
    table.heal(name);
    return this;
  }

  /** Forgets all records and failures of a name. */
  public TestDns remove(String name) {
    table.remove(name);
    return this;
  }

  /** Every question so far, in the order of arrival. */
  public List<Query> queries() {
    return table.asked().stream().map(q -> new Query(q.name(), q.type())).toList();
  }

  /** Stops listening. */
  @Override
  public void close() {
    server.close();
  }

  private static InetAddress ip(String literal) {
    return IpLiteral.parse(literal)
        .orElseThrow(() -> new IllegalArgumentException("not an IP address: " + literal));
  }
}
