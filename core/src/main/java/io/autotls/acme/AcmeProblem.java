package io.autotls.acme;

import io.autotls.internal.text.PlainText;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * A problem document: what the CA says about a failure (RFC 9457, RFC 8555 §6.7). Its texts are
 * bounded and free of control characters, so they can be logged as they are.
 */
public final class AcmeProblem {
  private static final int MAX_TEXT = 2_000;
  private static final int MAX_TYPE = 200;
  private static final int MAX_ELEMENTS = 200;

  /** More of them are there to be read by programs; a person has seen enough. */
  private static final int MAX_SHOWN = 20;

  private final ProblemType type;
  private final String uri;
  private final String detail;
  private final @Nullable Integer status; // null if the CA did not repeat it in the document
  private final @Nullable URI instance;
  private final @Nullable Identifier identifier;
  private final List<AcmeProblem> subproblems;
  private final List<String> algorithms;

  private AcmeProblem(JsonObject json, List<AcmeProblem> subproblems) {
    String uri = json.string("type");
    this.uri = uri == null ? "about:blank" : PlainText.line(uri, MAX_TYPE);
    this.type = ProblemType.of(this.uri);
    String detail = json.string("detail");
    String title = json.string("title");
    this.detail = PlainText.line(detail != null ? detail : title != null ? title : "", MAX_TEXT);
    this.status = json.integer("status");
    this.instance = json.page("instance");
    this.identifier = identifier(json.object("identifier"));
    this.subproblems = subproblems;
    this.algorithms =
        json.strings("algorithms").stream()
            .limit(MAX_SHOWN)
            .map(algorithm -> PlainText.line(algorithm, MAX_TYPE))
            .toList();
  }

  /** For a CA that answers with a status only. */
  AcmeProblem(ProblemType type, int status, String detail) {
    this.type = type;
    this.uri = type.uri();
    this.detail = PlainText.line(detail, MAX_TEXT);
    this.status = status;
    this.instance = null;
    this.identifier = null;
    this.subproblems = List.of();
    this.algorithms = List.of();
  }

  static AcmeProblem parse(JsonObject json) {
    List<AcmeProblem> subproblems = new ArrayList<>();
    for (JsonObject sub : json.objects("subproblems")) {
      if (subproblems.size() < MAX_ELEMENTS) {
        subproblems.add(new AcmeProblem(sub, List.of())); // they do not nest (RFC 8555 §6.7.1)
      }
    }
    return new AcmeProblem(json, List.copyOf(subproblems));
  }

  /** What kind of problem it is; {@link ProblemType#UNKNOWN} if it is none of the known ones. */
  public ProblemType type() {
    return type;
  }

  /** The type as the CA wrote it, {@code about:blank} if there was none. */
  public String uri() {
    return uri;
  }

  /** The explanation for people. May be empty. */
  public String detail() {
    return detail;
  }

  /** The HTTP status that the document names. */
  public OptionalInt status() {
    return status == null ? OptionalInt.empty() : OptionalInt.of(status);
  }

  /** A page for a person to visit, above all with {@link ProblemType#USER_ACTION_REQUIRED}. */
  public Optional<URI> instance() {
    return Optional.ofNullable(instance);
  }

  /** The name that this is about; only subproblems have it. */
  public Optional<Identifier> identifier() {
    return Optional.ofNullable(identifier);
  }

  /** What is wrong with each name, if the CA says so. Subproblems have none of their own. */
  public List<AcmeProblem> subproblems() {
    return subproblems;
  }

  /** The algorithms that the CA accepts, with {@link ProblemType#BAD_SIGNATURE_ALGORITHM}. */
  public List<String> algorithms() {
    return algorithms;
  }

  boolean isEmpty() {
    return type == ProblemType.UNKNOWN && detail.isEmpty() && subproblems.isEmpty();
  }

  /** All of it in one line. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    if (identifier != null) {
      text.append(identifier.value()).append(": ");
    }
    text.append(
        uri.startsWith(ProblemType.NAMESPACE)
            ? uri.substring(ProblemType.NAMESPACE.length())
            : uri);
    if (!detail.isEmpty()) {
      text.append(", ").append(detail);
    }
    if (!algorithms.isEmpty()) {
      text.append(" (accepted algorithms: ").append(String.join(", ", algorithms)).append(')');
    }
    if (!subproblems.isEmpty()) {
      List<AcmeProblem> shown = subproblems.subList(0, Math.min(subproblems.size(), MAX_SHOWN));
      text.append(' ').append(shown);
      if (shown.size() < subproblems.size()) {
        text.append(" and ").append(subproblems.size() - shown.size()).append(" more");
      }
    }
    return text.toString();
  }

  private static @Nullable Identifier identifier(@Nullable JsonObject json) {
    try {
      return json == null ? null : Identifier.parse(json);
    } catch (MalformedAnswerException e) {
      return null;
    }
  }
}
