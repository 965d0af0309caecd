package io.autotls.internal.issuance;

/** Hears of what changes for a certificate on this node, whoever changed it. Returns soon. */
public interface CertificateListener {
  /** Its record is not as it was. */
  void recordChanged(ManagedCertificate certificate);

  /** Its record is from now on one that only nodes of a newer version may write. */
  void leftToNewerNodes(ManagedCertificate certificate);

  /** Visitors get another credential from now on, or one is stored that they get when it begins. */
  void credentialChanged(ManagedCertificate certificate);

  /** It has a valid credential for the first time. */
  void becameReady(ManagedCertificate certificate);
}
