package com.example.autotls;

import io.autotls.spi.Issuer;
import io.autotls.spi.IssuerFactory;
import io.autotls.spi.Setting;
import io.autotls.spi.SpiContext;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** {@code autotls.ca=house:/etc/shop/ca.p12} */
public final class HouseIssuerFactory implements IssuerFactory {
  private static final Setting<String> PASSWORD =
      Setting.text("autotls.ca.house.password")
          .meaning("the password of the key store with the CA's key")
          .example("${file:/run/secrets/ca}")
          .secret()
          .required();

  private static final Setting<Duration> LIFETIME =
      Setting.duration("autotls.ca.house.lifetime")
          .meaning("how long a certificate is valid")
          .example("12h")
          .defaultsTo("7d");

  private static final Setting<Optional<Integer>> PROOF_PORT =
      Setting.integer("autotls.ca.house.proof-port", 1, 65_535)
          .meaning(
              "asks for proof on this port of the local machine, where the names themselves lead"
                  + " elsewhere. Unless set, the names are asked on port 80")
          .optional();

  /** For {@link java.util.ServiceLoader}. */
  public HouseIssuerFactory() {}

  @Override
  public String name() {
    return "house";
  }

  @Override
  public List<Setting<?>> settings() {
    return List.of(PASSWORD, LIFETIME, PROOF_PORT);
  }

  @Override
  public Issuer create(String location, SpiContext context) {
    String password = context.setting(PASSWORD);
    Duration lifetime = context.setting(LIFETIME);
    Optional<Integer> proofPort = context.setting(PROOF_PORT);
    if (location.isBlank()) {
      throw new IllegalArgumentException(
          "house: needs the key store of the CA; write house:/etc/shop/ca.p12");
    }
    try {
      HouseCa ca = HouseCa.open(Path.of(location), password.toCharArray(), lifetime);
      return new HouseIssuer(ca, new Proof(proofPort));
    } catch (InvalidPathException | IOException e) {
      throw new IllegalArgumentException(
          "the key store " + location + " of the CA cannot be used: " + e.getMessage(), e);
    }
  }
}
