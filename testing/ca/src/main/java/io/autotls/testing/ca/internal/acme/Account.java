package io.autotls.testing.ca.internal.acme;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** An account (RFC 8555 §7.1.2). Guarded by the ledger's lock. */
public final class Account {
  private final String id;
  private final Instant created;
  private final List<Order> orders = new ArrayList<>();
  private Jwk key;
  private List<String> contact;
  private String status = "valid";

  Account(String id, Instant created, Jwk key, List<String> contact) {
    this.id = id;
    this.created = created;
    this.key = key;
    this.contact = List.copyOf(contact);
  }

  public String id() {
    return id;
  }

  public Instant created() {
    return created;
  }

  public Jwk key() {
    return key;
  }

  void key(Jwk changed) {
    key = changed;
  }

  public List<String> contact() {
    return contact;
  }

  void contact(List<String> changed) {
    contact = List.copyOf(changed);
  }

  public String status() {
    return status;
  }

  boolean isValid() {
    return status.equals("valid");
  }

  public void deactivate() {
    status = "deactivated";
  }

  List<Order> orders() {
    return orders;
  }

  Map<String, Object> toJson(Urls urls) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("status", status);
    json.put("contact", contact);
    json.put("orders", urls.orders(this));
    return json;
  }
}
