package io.autotls.acme;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jose4j.json.JsonUtil;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.keys.HmacKey;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExternalAccountBindingTest {
  private static final URI NEW_ACCOUNT = URI.create("https://ca.test/new-account");
  private static final AccountKey KEY = AccountKey.of(AcmeKeys.generate());
  private static final byte[] SECRET = new BigInteger("fbff".repeat(16), 16).toByteArray();

  @Test
  @DisplayName("A11 HMAC over the header and the account's JWK, as jose4j verifies it")
  void independentVerification() throws Exception {
    String encoded = Base64.getUrlEncoder().withoutPadding().encodeToString(SECRET);

    Map<String, Object> jws = ExternalAccountBinding.of("kid-1", encoded).sign(NEW_ACCOUNT, KEY);

    JsonWebSignature verifier = new JsonWebSignature();
    verifier.setCompactSerialization(
        jws.get("protected") + "." + jws.get("payload") + "." + jws.get("signature"));
    verifier.setKey(new HmacKey(SECRET));
    assertThat(verifier.verifySignature()).isTrue();
    assertThat(JsonUtil.parseJson(ScriptedCa.decoded(jws, "protected")))
        .containsExactlyInAnyOrderEntriesOf(
            Map.of("alg", "HS256", "kid", "kid-1", "url", NEW_ACCOUNT.toString()));
    assertThat(JsonUtil.parseJson(verifier.getPayload())).isEqualTo(KEY.jwk());
  }

  @Test
  @DisplayName("A11 the HMAC of RFC 7515 appendix A.1")
  void vectorOfTheRfc() {
    // The RFC signs a header with line breaks inside, so only the MAC itself can be compared.
    String secret =
        "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
    byte[] input =
        ("eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9"
                + ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19"
                + "yb290Ijp0cnVlfQ")
            .getBytes(StandardCharsets.US_ASCII);

    byte[] mac = ExternalAccountBinding.of("kid", secret).mac(input);

    assertThat(Base64Url.encode(mac)).isEqualTo("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
  }

  @ParameterizedTest
  @DisplayName("A11 B25 secrets in base64url and base64, with and without padding")
  @ValueSource(
      strings = {
        "-_8AAAA",
        "-_8AAAA=",
        "+/8AAAA=",
        " +/8AAAA\n",
        "-_8\r\nAAAA\r\n",
        "-_\n  8A\n\tAAA=",
        "\ufeff-_8AAAA",
        "\ufeff -_8AAAA\n"
      })
  void secretsInAllSpellings(String encoded) {
    Map<String, Object> expected =
        ExternalAccountBinding.of("kid", "-_8AAAA").sign(NEW_ACCOUNT, KEY);

    assertThat(ExternalAccountBinding.of("kid", encoded).sign(NEW_ACCOUNT, KEY))
        .isEqualTo(expected);
  }

  @Test
  @DisplayName("A11 B25 a secret that was encoded twice, as gcloud does, is decoded twice")
  void secretsThatWereEncodedTwice() {
    String once = Base64.getUrlEncoder().withoutPadding().encodeToString(SECRET);
    Map<String, Object> expected = ExternalAccountBinding.of("kid", once).sign(NEW_ACCOUNT, KEY);

    for (String inner : List.of(once, Base64.getEncoder().encodeToString(SECRET), once + "\n")) {
      String twice = Base64.getMimeEncoder().encodeToString(inner.getBytes(StandardCharsets.UTF_8));
      assertThat(ExternalAccountBinding.of("kid", twice).sign(NEW_ACCOUNT, KEY))
          .isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @DisplayName("A11 a secret that is text of its own is taken as it is")
  @ValueSource(
      strings = {
        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "this is a secret in words, and it has 32 bytes and more",
        "ShortSecret123"
      })
  void secretsThatAreText(String secret) {
    byte[] bytes = secret.getBytes(StandardCharsets.UTF_8);

    byte[] mac =
        ExternalAccountBinding.of("kid", Base64.getEncoder().encodeToString(bytes)).mac(bytes);

    assertThat(mac).isEqualTo(hmac(bytes, bytes));
  }

  private static byte[] hmac(byte[] secret, byte[] input) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret, "HmacSHA256"));
      return mac.doFinal(input);
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  @ParameterizedTest
  @DisplayName("A11 a key id that is none is refused at once, with a sentence")
  @ValueSource(strings = {"kid\n1", "kid 1", "k\u00efd", "kid\u200b1"})
  void keyIdsThatAreNone(String keyId) {
    assertThatThrownBy(() -> ExternalAccountBinding.of(keyId, "AAAA"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("copy it again");
    assertThat(ExternalAccountBinding.of("\ufeffkid-1\r\n", "AAAA").keyId()).isEqualTo("kid-1");
  }

  @Test
  @DisplayName("A11 other algorithms on request")
  void otherAlgorithms() throws Exception {
    Map<String, Object> jws =
        ExternalAccountBinding.of("kid", Base64.getEncoder().encodeToString(new byte[64]))
            .withAlgorithm(ExternalAccountBinding.MacAlgorithm.HS512)
            .sign(NEW_ACCOUNT, KEY);

    assertThat(ScriptedCa.decoded(jws, "protected")).contains("\"alg\":\"HS512\"");
    assertThat(Base64.getUrlDecoder().decode((String) jws.get("signature"))).hasSize(64);
  }

  @Test
  void theSecretIsNeverShown() {
    String secret = "c2VjcmV0LXNlY3JldA";

    assertThat(ExternalAccountBinding.of("kid-1", secret).toString())
        .contains("kid-1")
        .doesNotContain(secret);
    assertThatThrownBy(() -> ExternalAccountBinding.of("kid", "not*base64*at*all"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageNotContaining("not*base64")
        .hasNoCause();
    assertThatThrownBy(() -> ExternalAccountBinding.of("kid", " ")).hasMessageContaining("empty");
    assertThatThrownBy(() -> ExternalAccountBinding.of(" ", "AAAA")).hasMessageContaining("empty");
  }
}
