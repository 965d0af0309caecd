package io.autotls.testing;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.KeyAgreement;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/** The key schedule of TLS 1.3 for a client (RFC 8446 §7.1), for TLS_AES_128_GCM_SHA256. */
final class Tls13Secrets {
  private static final int HASH = 32;
  private static final byte[] NOTHING = {};

  private final ByteArrayOutputStream transcript = new ByteArrayOutputStream();
  private byte[] master = NOTHING;
  private byte[] clientHandshake = NOTHING;
  private byte[] clientApplication = NOTHING;
  private byte[] serverApplication = NOTHING;
  private Direction out = new Direction(new byte[HASH]);
  private Direction in = new Direction(new byte[HASH]);

  /** What protects one direction. */
  private static final class Direction {
    private final SecretKeySpec key;
    private final byte[] iv;
    private long sequence;

    Direction(byte[] secret) {
      key = new SecretKeySpec(expand(secret, "key", NOTHING, 16), "AES");
      iv = expand(secret, "iv", NOTHING, 12);
    }

    byte[] apply(int mode, byte[] data, int recordLength) throws GeneralSecurityException {
      byte[] nonce = ByteBuffer.allocate(12).putInt(0).putLong(sequence++).array();
      for (int i = 0; i < nonce.length; i++) {
        nonce[i] ^= iv[i];
      }
      Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
      cipher.init(mode, key, new GCMParameterSpec(128, nonce));
      cipher.updateAAD(new byte[] {23, 3, 3, (byte) (recordLength >> 8), (byte) recordLength});
      return cipher.doFinal(data);
    }
  }

  /** A message went by, in either direction. */
  void saw(byte[] message) {
    transcript.writeBytes(message);
  }

  /** After a HelloRetryRequest the first hello counts by its hash (RFC 8446 §4.4.1). */
  void startAgain(byte[] firstHello, byte[] retry) throws GeneralSecurityException {
    transcript.reset();
    saw(new byte[] {(byte) 254, 0, 0, HASH});
    saw(MessageDigest.getInstance("SHA-256").digest(firstHello));
    saw(retry);
  }

  /** The ServerHello is there: what follows is encrypted. */
  void agree(PrivateKey own, byte[] point) throws GeneralSecurityException {
    ECPoint other =
        new ECPoint(
            new BigInteger(1, Arrays.copyOfRange(point, 1, 1 + HASH)),
            new BigInteger(1, Arrays.copyOfRange(point, 1 + HASH, 1 + 2 * HASH)));
    KeyAgreement agreement = KeyAgreement.getInstance("ECDH");
    agreement.init(own);
    agreement.doPhase(
        KeyFactory.getInstance("EC")
            .generatePublic(new ECPublicKeySpec(other, ((ECPrivateKey) own).getParams())),
        true);
    byte[] early = hmac(new byte[HASH], new byte[HASH]);
    byte[] handshake = hmac(derived(early), agreement.generateSecret());
    master = hmac(derived(handshake), new byte[HASH]);
    clientHandshake = expand(handshake, "c hs traffic", hash(), HASH);
    out = new Direction(clientHandshake);
    in = new Direction(expand(handshake, "s hs traffic", hash(), HASH));
  }

  /** The server's Finished is there. */
  void prepareApplication() throws GeneralSecurityException {
    clientApplication = expand(master, "c ap traffic", hash(), HASH);
    serverApplication = expand(master, "s ap traffic", hash(), HASH);
    in = new Direction(serverApplication);
  }

  /** What the client's Finished says. */
  byte[] finished() throws GeneralSecurityException {
    return hmac(expand(clientHandshake, "finished", NOTHING, HASH), hash());
  }

  /** The client's Finished is sent. */
  void useApplication() {
    out = new Direction(clientApplication);
  }

  /** The secret of a session, from the nonce that came with its ticket. */
  byte[] resumption(byte[] nonce) throws GeneralSecurityException {
    return expand(expand(master, "res master", hash(), HASH), "resumption", nonce, HASH);
  }

  /** Binds the secret of a session to a hello (RFC 8446 §4.2.11.2). */
  static byte[] binder(byte[] secret, byte[] hello) throws GeneralSecurityException {
    byte[] early = hmac(new byte[HASH], secret);
    byte[] empty = MessageDigest.getInstance("SHA-256").digest(NOTHING);
    byte[] key = expand(expand(early, "res binder", empty, HASH), "finished", NOTHING, HASH);
    return hmac(key, MessageDigest.getInstance("SHA-256").digest(hello));
  }

  byte[] encrypt(int type, byte[] data) throws GeneralSecurityException {
    byte[] inner = RawClient.concat(data, new byte[] {(byte) type});
    return out.apply(Cipher.ENCRYPT_MODE, inner, inner.length + 16);
  }

  byte[] decrypt(byte[] record) throws GeneralSecurityException {
    return in.apply(Cipher.DECRYPT_MODE, record, record.length);
  }

  private byte[] hash() throws GeneralSecurityException {
    return MessageDigest.getInstance("SHA-256").digest(transcript.toByteArray());
  }

  private static byte[] derived(byte[] secret) throws GeneralSecurityException {
    return expand(secret, "derived", MessageDigest.getInstance("SHA-256").digest(NOTHING), HASH);
  }

  /** HKDF-Expand-Label; one block is enough for all that is asked for. */
  private static byte[] expand(byte[] secret, String label, byte[] context, int length) {
    byte[] name = ("tls13 " + label).getBytes(StandardCharsets.US_ASCII);
    byte[] info =
        RawClient.concat(
            new byte[] {0, (byte) length, (byte) name.length},
            name,
            new byte[] {(byte) context.length},
            context,
            new byte[] {1});
    return Arrays.copyOf(hmac(secret, info), length);
  }

  private static byte[] hmac(byte[] key, byte[] data) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return mac.doFinal(data);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has HMAC", e);
    }
  }

  static byte[] unsigned32(BigInteger number) {
    byte[] bytes = number.toByteArray();
    byte[] fixed = new byte[HASH];
    int length = Math.min(HASH, bytes.length);
    System.arraycopy(bytes, bytes.length - length, fixed, HASH - length, length);
    return fixed;
  }
}
