package io.autotls.acme;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.RSAPublicKeySpec;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class AccountKeyTest {
  private static final Map<String, Object> HEADER = Map.of("nonce", "n", "url", "https://ca.test/");

  @Test
  @DisplayName("J5 J6 C5 T7 signatures and coordinates have a fixed width over 2000 keys")
  void fixedWidthOver2000Keys() throws Exception {
    boolean shortX = false;
    boolean shortY = false;
    boolean shortR = false;
    boolean shortS = false;
    // One in 256 begins with a zero byte; a few more than 2000 if one of the four has been missed.
    for (int i = 0; i < 2_000 || (i < 20_000 && !(shortX && shortY && shortR && shortS)); i++) {
      KeyPair pair = AcmeKeys.generate();
      AccountKey key = AccountKey.of(pair);
      ECPublicKey ec = (ECPublicKey) pair.getPublic();

      assertThat(key.jwk())
          .containsExactlyInAnyOrderEntriesOf(
              Map.of(
                  "kty",
                  "EC",
                  "crv",
                  "P-256",
                  "x",
                  fixed(ec.getW().getAffineX(), 32),
                  "y",
                  fixed(ec.getW().getAffineY(), 32)));
      Map<String, Object> jws = key.sign(HEADER, "payload");
      byte[] signature = Base64.getUrlDecoder().decode((String) jws.get("signature"));
      assertThat(signature).hasSize(64);
      assertThat(ScriptedCa.isSignedBy(ec, jws, "ES256")).isTrue();
      assertThat(key.thumbprint()).isEqualTo(thumbprint(ec));
      shortX |= ec.getW().getAffineX().bitLength() <= 248;
      shortY |= ec.getW().getAffineY().bitLength() <= 248;
      shortR |= signature[0] == 0;
      shortS |= signature[32] == 0;
    }
    assertThat(shortX && shortY && shortR && shortS).isTrue();
  }

  @Test
  @DisplayName("J6 P-384 coordinates and signatures have 48 bytes a number")
  void p384() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp384r1"));
    KeyPair pair = generator.generateKeyPair();

    Map<String, Object> jws = AccountKey.of(pair).sign(HEADER, "");

    assertThat(ScriptedCa.isSignedBy(pair.getPublic(), jws, "ES384")).isTrue();
    assertThat(ScriptedCa.decoded(jws, "protected")).startsWith("{\"alg\":\"ES384\"");
    assertThat(Base64.getUrlDecoder().decode((String) jws.get("signature"))).hasSize(96);
    assertThat(jws).containsEntry("payload", "");
  }

  @Test
  @DisplayName("J6 the modulus of an RSA key has no leading zero byte")
  void rsaModulusIsMinimal() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(2048);
    KeyPair pair = generator.generateKeyPair();

    AccountKey key = AccountKey.of(pair);

    byte[] n = Base64.getUrlDecoder().decode((String) key.jwk().get("n"));
    assertThat(n).hasSize(256);
    assertThat(new BigInteger(1, n)).isEqualTo(((RSAPublicKey) pair.getPublic()).getModulus());
    assertThat(key.jwk().keySet()).containsExactlyInAnyOrder("kty", "n", "e");
    assertThat(ScriptedCa.isSignedBy(pair.getPublic(), key.sign(HEADER, "x"), "RS256")).isTrue();
  }

  @Test
  @DisplayName("J7 the thumbprint of the example in RFC 7638 §3.1")
  void thumbprintOfTheRfc() throws Exception {
    String n =
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_B"
            + "JECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0"
            + "_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTW"
            + "hAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
    PublicKey key =
        KeyFactory.getInstance("RSA")
            .generatePublic(
                new RSAPublicKeySpec(
                    new BigInteger(1, Base64.getUrlDecoder().decode(n)),
                    BigInteger.valueOf(65537)));

    assertThat(AcmeKeys.thumbprint(key)).isEqualTo("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
  }

  @Test
  @DisplayName("J4 keys that CAs refuse are refused here, before a request")
  void unsuitableKeys() throws Exception {
    KeyPairGenerator rsa = KeyPairGenerator.getInstance("RSA");
    rsa.initialize(1024);
    KeyPairGenerator x25519 = KeyPairGenerator.getInstance("X25519");

    assertThatThrownBy(() -> AccountKey.of(rsa.generateKeyPair()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("2048");
    assertThatThrownBy(() -> AccountKey.of(x25519.generateKeyPair()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("EC");
  }

  private static String thumbprint(ECPublicKey key) throws Exception {
    String json =
        "{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\""
            + fixed(key.getW().getAffineX(), 32)
            + "\",\"y\":\""
            + fixed(key.getW().getAffineY(), 32)
            + "\"}";
    byte[] hash =
        MessageDigest.getInstance("SHA-256").digest(json.getBytes(StandardCharsets.UTF_8));
    return Base64.getUrlEncoder().withoutPadding().encodeToString(hash);
  }

  private static String fixed(BigInteger number, int width) {
    String hex = String.format("%0" + 2 * width + "x", number);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(HexFormat.of().parseHex(hex));
  }
}
