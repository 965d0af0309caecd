package io.autotls.acme;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Which answer a {@link Proof} is: enough to find it, or to take it away, without the CA.
 *
 * @param identifier the name, without {@code *.}
 * @param token null for types that have none
 */
record ProofKey(String type, Identifier identifier, Scope scope, @Nullable String token) {
  private static final Pattern FORM =
      Pattern.compile("([A-Za-z0-9._-]{1,64}) (\\S{1,260}) ([A-Za-z0-9_-]{1,256}|-)");
  private static final String NO_TOKEN = "-";
  private static final int MOST = 1_000;

  /** What is proven of a name. */
  enum Scope {
    NAME,
    WILDCARD
  }

  static ProofKey of(Authorization authorization, AcmeChallenge challenge) {
    return new ProofKey(
        challenge.type(),
        canonical(authorization.identifier()),
        authorization.wildcard() ? Scope.WILDCARD : Scope.NAME,
        challenge.token().orElse(null));
  }

  boolean isFor(Authorization authorization) {
    return identifier.equals(canonical(authorization.identifier()))
        && authorization.wildcard() == (scope == Scope.WILDCARD);
  }

  /** Some CAs write names with a dot at the end. */
  private static Identifier canonical(Identifier identifier) {
    String value = identifier.value();
    return value.length() > 1 && value.endsWith(".")
        ? new Identifier(identifier.type(), value.substring(0, value.length() - 1))
        : identifier;
  }

  /** The form for storage. */
  static String toText(List<ProofKey> keys) {
    return keys.stream().map(ProofKey::toText).collect(Collectors.joining(","));
  }

  private String toText() {
    return type + " " + name() + " " + (token == null ? NO_TOKEN : token);
  }

  private String name() {
    return (scope == Scope.WILDCARD ? "*." : "") + identifier.value();
  }

  /**
   * Reads what {@link #toText(List)} wrote.
   *
   * @throws IllegalArgumentException if it is something else
   */
  static List<ProofKey> parse(String text) {
    List<ProofKey> keys = new ArrayList<>();
    for (String one : text.split(",", MOST + 1)) {
      Matcher parts = FORM.matcher(one);
      if (!parts.matches() || keys.size() == MOST) {
        throw new IllegalArgumentException("not the answers to challenges");
      }
      boolean wildcard = parts.group(2).startsWith("*.");
      String name = wildcard ? parts.group(2).substring(2) : parts.group(2);
      String token = parts.group(3).equals(NO_TOKEN) ? null : parts.group(3);
      keys.add(
          new ProofKey(
              parts.group(1), Identifier.of(name), wildcard ? Scope.WILDCARD : Scope.NAME, token));
    }
    return List.copyOf(keys);
  }

  /** Name and type, without the token. */
  @Override
  public String toString() {
    return name() + ", " + type;
  }
}
