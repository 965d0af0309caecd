package io.autotls.acme;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the CA knows about an account (RFC 8555 §7.1.2). Some CAs neither keep nor show contacts, so
 * do not compare them.
 */
public final class AccountInfo {
  private final URI url;
  private final AccountStatus status;
  private final List<URI> contacts;
  private final @Nullable URI orders;

  private AccountInfo(URI url, JsonObject json) throws MalformedAnswerException {
    this.url = url;
    this.status = AccountStatus.of(json.string("status"));
    List<URI> contacts = new ArrayList<>();
    for (String contact : json.strings("contact")) {
      URI link = Urls.absoluteOrNull(contact); // mailto:, as a rule
      if (link != null) {
        contacts.add(link);
      }
    }
    this.contacts = List.copyOf(contacts);
    this.orders = json.url("orders");
  }

  static AccountInfo parse(URI url, JsonObject json) throws MalformedAnswerException {
    return new AccountInfo(url, json);
  }

  /** What an answer about an account says of its state, if it has a body that says anything. */
  static AccountStatus statusOf(Reply reply) {
    try {
      return AccountStatus.of(Json.parse(reply.body()).string("status"));
    } catch (MalformedAnswerException e) {
      return AccountStatus.UNKNOWN; // the URL is in a header
    }
  }

  /** The account's URL, which is its name in all requests. */
  public URI url() {
    return url;
  }

  /** The account's state. */
  public AccountStatus status() {
    return status;
  }

  /** The contacts, if the CA shows them. */
  public List<URI> contacts() {
    return contacts;
  }

  /** The list of orders, if the CA has one; read it with {@link AcmeAccount#orders()}. */
  public Optional<URI> ordersUrl() {
    return Optional.ofNullable(orders);
  }
}
