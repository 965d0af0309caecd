package io.autotls.testing.ca;

import io.autotls.testing.ca.internal.acme.IssuedCertificate;
import io.autotls.testing.ca.internal.acme.Order;
import io.autotls.testing.ca.internal.acme.Problem;
import java.net.URI;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** An order as it was when {@link TestCa#orders()} was called (RFC 8555 §7.1.3). */
public final class OrderView {
  private final String id;
  private final URI url;
  private final URI account;
  private final List<String> names;
  private final String status;
  private final Instant created;
  private final @Nullable String profile; // null if the client named none
  private final @Nullable String replaces; // null if the client named none
  private final @Nullable String error; // null unless it is invalid
  private final @Nullable X509Certificate certificate; // null until it is valid

  OrderView(Order order, URI url, URI account, Instant now) {
    this.id = order.id();
    this.url = url;
    this.account = account;
    this.names = order.wish().identifiers().stream().map(i -> i.value()).toList();
    this.status = order.status(now);
    this.created = order.created();
    this.profile = order.wish().profile();
    this.replaces = order.wish().replaces();
    this.error = order.error().map(OrderView::describe).orElse(null);
    this.certificate = order.certificate().map(IssuedCertificate::certificate).orElse(null);
  }

  private static String describe(Problem problem) {
    return problem.type() + ": " + problem.detail();
  }

  /** The last part of the URL. */
  public String id() {
    return id;
  }

  /** What {@code Location} said when it was placed. */
  public URI url() {
    return url;
  }

  /** The URL of the account that placed it. */
  public URI account() {
    return account;
  }

  /** DNS names and IP addresses, in the order in which the client named them. */
  public List<String> names() {
    return names;
  }

  /** One of {@code pending}, {@code ready}, {@code processing}, {@code valid}, {@code invalid}. */
  public String status() {
    return status;
  }

  /** When it was placed, on the clock of the CA. */
  public Instant created() {
    return created;
  }

  /** The profile that the client asked for. */
  public Optional<String> profile() {
    return Optional.ofNullable(profile);
  }

  /** The identifier of the certificate that this order replaces (RFC 9773 §5). */
  public Optional<String> replaces() {
    return Optional.ofNullable(replaces);
  }

  /** Why it is invalid, such as {@code dns: SERVFAIL looking up …}. */
  public Optional<String> error() {
    return Optional.ofNullable(error);
  }

  /** The certificate, once the order is valid. */
  public Optional<X509Certificate> certificate() {
    return Optional.ofNullable(certificate);
  }

  @Override
  public String toString() {
    return "OrderView[" + id + " " + names + " " + status + "]";
  }
}
