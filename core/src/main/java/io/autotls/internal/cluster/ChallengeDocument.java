package io.autotls.internal.cluster;

import io.autotls.internal.text.Document;
import io.autotls.internal.text.Sha256;
import io.autotls.spi.Challenge;
import java.net.URI;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/** A challenge as it stands in the storage, with the headers that entries of all kinds have. */
final class ChallengeDocument {
  private static final String SEPARATOR = " ";

  private ChallengeDocument() {}

  /** Names a challenge among all of its type: its token, or else what it is about. */
  static String id(Challenge challenge) {
    return challenge.token().orElseGet(() -> hashOf(challenge));
  }

  private static String hashOf(Challenge challenge) {
    String subject =
        (challenge.wildcard() ? "*." : "")
            + challenge.identifier()
            + SEPARATOR
            + challenge.accountUrl().map(URI::toString).orElse("");
    return HexFormat.of().formatHex(Sha256.of(subject));
  }

  static Document.Writer begin(String title, Challenge challenge, Instant now) {
    Document.Writer writer =
        new Document.Writer(title)
            .header("Type", challenge.type())
            .header("Identifier", challenge.identifier())
            .header("Wildcard", challenge.wildcard());
    challenge
        .token()
        .ifPresent(
            token ->
                writer
                    .header("Token", token)
                    .header("Key-Authorization", challenge.keyAuthorization()));
    challenge.accountUrl().ifPresent(url -> writer.header("Account", url));
    if (!challenge.issuerDomainNames().isEmpty()) {
      writer.header("Issuer-Domain-Names", String.join(SEPARATOR, challenge.issuerDomainNames()));
    }
    challenge.certificateId().ifPresent(id -> writer.header("Certificate", id));
    return writer.header("Published", now);
  }

  /** Empty if it is damaged, or something else. */
  static Optional<Challenge> challenge(Document document) {
    Optional<String> type = document.header("Type");
    Optional<String> identifier = document.header("Identifier");
    Optional<String> token = document.header("Token");
    if (!document.isComplete() || type.isEmpty() || identifier.isEmpty()) {
      return Optional.empty();
    }
    try {
      Challenge.Builder builder = Challenge.builder(type.get(), identifier.get());
      if (document.header("Wildcard").filter("true"::equals).isPresent()) {
        builder.wildcard();
      }
      token.ifPresent(one -> builder.token(one, document.header("Key-Authorization").orElse("")));
      document.header("Account").map(URI::create).ifPresent(builder::accountUrl);
      document
          .header("Issuer-Domain-Names")
          .map(names -> List.of(names.split(SEPARATOR)))
          .ifPresent(builder::issuerDomainNames);
      document.header("Certificate").ifPresent(builder::certificateId);
      return Optional.of(builder.build());
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  static Instant publishedAt(Document document) {
    try {
      return document.header("Published").map(Instant::parse).orElse(Instant.EPOCH);
    } catch (DateTimeParseException e) {
      return Instant.EPOCH; // nobody can use it
    }
  }
}
