package io.autotls.internal.config;

import io.autotls.CertificateSpec;
import io.autotls.KeyType;
import io.autotls.Role;
import io.autotls.internal.issuer.KnownCa;
import io.autotls.internal.text.Notation;
import io.autotls.spi.Setting;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The settings of AutoTls itself. Those of plug-ins are declared by their factories. */
public final class OwnSettings {
  /** The names of each certificate that is wanted. */
  public static final Setting<Optional<List<List<String>>>> DOMAINS =
      Setting.of("autotls.domains", OwnSettings::certificates)
          .meaning(
              "names, separated by commas; `;` separates certificates. Required, unless the"
                  + " application names them in code")
          .example("example.com,www.example.com;example.org")
          .optional();

  /** Agreeing is not guessed: {@code true}, in any case, and nothing that might be meant so. */
  public static final Setting<Boolean> AGREE_TOS =
      Setting.of("autotls.agree-tos", OwnSettings::agreement)
          .meaning(
              "`true`, in any case, agrees to the CA's terms of service. Required for CAs that have"
                  + " some")
          .example("true")
          .defaultsTo("false");

  public static final Setting<Optional<List<String>>> EMAIL =
      Setting.of("autotls.email", OwnSettings::addresses)
          .meaning("contact for the CA; several, separated by commas")
          .example("ops@example.com")
          .optional();

  public static final Setting<List<String>> CA =
      Setting.list("autotls.ca")
          .meaning(
              "who signs: `"
                  + KnownCa.configNames().replace(", ", "`, `")
                  + "`, the URL of an ACME directory, `local`, or the name of a plug-in; several,"
                  + " separated by commas, are tried in order")
          .example("letsencrypt,zerossl")
          .defaultsTo(KnownCa.LETS_ENCRYPT.configName());

  public static final Setting<Optional<Path>> CA_TRUST =
      Setting.path("autotls.ca.trust")
          .meaning("PEM file with roots to trust for the CA's own HTTPS, besides the JVM's")
          .example("ca.pem")
          .optional();

  public static final Setting<Optional<String>> EAB_KID =
      Setting.text("autotls.eab.kid")
          .meaning("external account binding: the key id that the CA gave; with `autotls.eab.key`")
          .optional();

  public static final Setting<Optional<String>> EAB_KEY =
      Setting.text("autotls.eab.key")
          .meaning("external account binding: the key that the CA gave")
          .example("${file:/run/secrets/eab-key}")
          .secret()
          .optional();

  public static final Setting<String> STORAGE =
      Setting.text("autotls.storage")
          .meaning(
              "where everything is kept: `file:` and a folder, or its path alone; `memory:`; or"
                  + " the scheme of a plug-in")
          .example("file:/var/lib/autotls")
          .defaultsTo("file:autotls");

  public static final Setting<Optional<List<String>>> CHALLENGE =
      Setting.list("autotls.challenge")
          .meaning(
              "`http-01`, `tls-alpn-01`; several are tried in order. Unless set, what is on the"
                  + " class path")
          .example("tls-alpn-01,http-01")
          .optional();

  public static final Setting<List<KeyType>> KEY_TYPE =
      Setting.of("autotls.key-type", OwnSettings::keyTypes)
          .meaning(
              "`ec-p256`, `ec-p384`, `rsa-2048`, `rsa-3072`, `rsa-4096`; two, separated by a"
                  + " comma, for both")
          .example("ec-p256,rsa-2048")
          .defaultsTo(KeyType.EC_P256.configName());

  public static final Setting<Role> ROLE =
      Setting.of("autotls.role", Role::ofConfigName)
          .meaning("`auto` (serves and issues), `follower` (only reads)")
          .example("follower")
          .defaultsTo(Role.AUTO.configName());

  public static final Setting<Boolean> REQUIRE_ALL_NAMES =
      Setting.flag("autotls.require-all-names")
          .meaning(
              "`true`: a certificate with all its names, or none. `false`: the others get one of"
                  + " their own while a name keeps failing")
          .example("true")
          .defaultsTo("false");

  public static final Setting<Optional<String>> DEFAULT_NAME =
      Setting.of("autotls.default-name", OwnSettings::name)
          .meaning(
              "whose certificate visitors get who name no host, or an unknown one. Unless set, the"
                  + " first of `autotls.domains`")
          .example("www.example.com")
          .optional();

  public static final Setting<Duration> GRACE_PERIOD =
      Setting.duration("autotls.grace-period")
          .meaning(
              "how long a certificate is served that is not wanted any more: `7d`, `12h`, or as in"
                  + " ISO 8601")
          .example("12h")
          .defaultsTo("P7D");

  public static final Setting<Optional<List<String>>> PROFILE =
      Setting.of("autotls.profile", OwnSettings::profiles)
          .meaning(
              "the CA's certificate profile; several are preferences, and the CA's default comes"
                  + " last")
          .example("shortlived")
          .optional();

  public static final Setting<Boolean> REPLACE_CLOSED_ACCOUNT =
      Setting.flag("autotls.replace-closed-account")
          .meaning(
              "`true` agrees that a new account is registered when the CA has closed the present"
                  + " one, once a week at most. Else a person is told, and decides")
          .example("true")
          .defaultsTo("false");

  public static final Setting<Optional<String>> PREFERRED_CHAIN =
      Setting.text("autotls.preferred-chain")
          .meaning(
              "common name of an issuer that the chain should have. Unless set, the CA's default"
                  + " chain")
          .example("ISRG Root X1")
          .optional();

  public static final Setting<Integer> HTTP_PORT =
      Setting.port("autotls.http.port")
          .meaning("where http is served: challenges, and redirects to https. `0` takes any")
          .example("8080")
          .defaultsTo("80");

  public static final Setting<Integer> HTTPS_PORT =
      Setting.port("autotls.https.port")
          .meaning("where the adapters serve https. `0` takes any")
          .example("8443")
          .defaultsTo("443");

  public static final Setting<Optional<Integer>> PUBLIC_HTTPS_PORT =
      Setting.of("autotls.https.public-port", OwnSettings::visitorsPort)
          .meaning(
              "where redirects send visitors, if ports are published as others (`-p 443:8443`)."
                  + " Unless set, the https port")
          .example("443")
          .optional();

  public static final Setting<Optional<Path>> CONFIG =
      Setting.path("autotls.config")
          .meaning(
              "the file to read in place of `autotls.properties`; a system property or an"
                  + " environment variable")
          .example("/etc/shop/autotls.properties")
          .optional();

  /** All of them, in the order in which people want to know of them. */
  public static final List<Setting<?>> ALL =
      List.of(
          DOMAINS,
          AGREE_TOS,
          EMAIL,
          CA,
          CA_TRUST,
          EAB_KID,
          EAB_KEY,
          STORAGE,
          CHALLENGE,
          KEY_TYPE,
          ROLE,
          REQUIRE_ALL_NAMES,
          DEFAULT_NAME,
          GRACE_PERIOD,
          PROFILE,
          REPLACE_CLOSED_ACCOUNT,
          PREFERRED_CHAIN,
          HTTP_PORT,
          HTTPS_PORT,
          PUBLIC_HTTPS_PORT,
          CONFIG);

  private OwnSettings() {}

  private static List<List<String>> certificates(String text) {
    return Notation.split(text, ";").stream()
        .map(names -> Notation.split(names, ","))
        .filter(names -> !names.isEmpty())
        .toList();
  }

  private static Boolean agreement(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "true" -> true;
      case "false" -> false;
      default ->
          throw new IllegalArgumentException(
              "it is either true or false; whoever agrees writes true");
    };
  }

  private static List<String> addresses(String text) {
    return Arrays.stream(text.split("[,;]"))
        .filter(address -> !address.isBlank())
        .map(EmailAddress::normalize)
        .distinct()
        .toList();
  }

  private static List<KeyType> keyTypes(String text) {
    List<KeyType> types =
        Notation.split(text, ",").stream().map(KeyType::ofConfigName).distinct().toList();
    if (types.isEmpty()) {
      throw new IllegalArgumentException("it names no key type");
    }
    return types;
  }

  private static String name(String text) {
    return CertificateSpec.of(text).names().get(0);
  }

  private static List<String> profiles(String text) {
    List<String> profiles = List.of(text.trim().split("\\s*,\\s*"));
    CertificateSpec.builder().profiles(profiles); // refuses what is none
    return profiles;
  }

  private static Integer visitorsPort(String text) {
    int port = Notation.port(text).orElse(0);
    if (port == 0) {
      throw new IllegalArgumentException("it is the port that visitors use, from 1 to 65535");
    }
    return port;
  }
}
