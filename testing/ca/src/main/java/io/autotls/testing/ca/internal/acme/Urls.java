package io.autotls.testing.ca.internal.acme;

/** Where resources are. Clients must take paths from the directory: these are odd on purpose. */
public record Urls(String base, String renewalBase) {
  /** All resources at one host and port. */
  public Urls(String base) {
    this(base, base);
  }

  static final String DIRECTORY = "/directory";
  static final String NEW_NONCE = "/a-number-please";
  static final String NEW_ACCOUNT = "/sign-up";
  static final String NEW_ORDER = "/place-order";
  static final String NEW_AUTHZ = "/prove-first";
  static final String KEY_CHANGE = "/swap-key";
  static final String REVOKE_CERT = "/take-back";
  static final String RENEWAL_INFO = "/when-to-renew/";
  static final String ACCOUNT = "/member/";
  static final String ORDERS = "/member-orders/";
  static final String ORDER = "/order/";
  static final String FINALIZE = "/order-csr/";
  static final String AUTHORIZATION = "/proof/";
  static final String CHALLENGE = "/proof-way/";
  static final String CERTIFICATE = "/pem/";

  String at(String path) {
    return base + path;
  }

  /** Without a slash at the end: RFC 9773 §4.1 lets the client add it. */
  String renewalInfo() {
    return renewalBase + RENEWAL_INFO.substring(0, RENEWAL_INFO.length() - 1);
  }

  public String account(Account account) {
    return base + ACCOUNT + account.id();
  }

  String orders(Account account) {
    return base + ORDERS + account.id();
  }

  public String order(Order order) {
    return base + ORDER + order.id();
  }

  String finalizeOf(Order order) {
    return base + FINALIZE + order.id();
  }

  String authorization(Authorization authorization) {
    return base + AUTHORIZATION + authorization.id();
  }

  String challenge(Challenge challenge) {
    return base + CHALLENGE + challenge.id();
  }

  String certificate(IssuedCertificate certificate) {
    return base + CERTIFICATE + certificate.id();
  }
}
