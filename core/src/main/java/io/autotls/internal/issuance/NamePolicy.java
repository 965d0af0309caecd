package io.autotls.internal.issuance;

/** What becomes of a certificate some of whose names keep failing. */
public enum NamePolicy {
  /** The other names get a certificate without them meanwhile. */
  LEAVE_OUT_FAILING,
  /** One certificate with all names, or none. */
  REQUIRE_ALL
}
