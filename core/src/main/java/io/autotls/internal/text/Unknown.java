package io.autotls.internal.text;

/**
 * What a node does not understand in a document that a newer one wrote, to be kept when it is
 * written back. Immutable.
 */
public final class Unknown {
  /** Everything was understood. */
  public static final Unknown NONE = new Unknown(FormatVersion.CURRENT, "", "");

  private final FormatVersion format;
  private final String headers; // as lines
  private final String sections; // likewise, each with an empty line before it

  Unknown(FormatVersion format, String headers, String sections) {
    this.format = format;
    this.headers = headers;
    this.sections = sections;
  }

  /** A form of which the rest is kept by other means. */
  static Unknown rest(FormatVersion format) {
    return format.equals(FormatVersion.CURRENT) ? NONE : new Unknown(format, "", "");
  }

  /** Whether the document may be written by this node. */
  public boolean mayBeWritten() {
    return format.isUnderstood();
  }

  /** The form of the document. */
  public FormatVersion format() {
    return format;
  }

  String headers() {
    return headers;
  }

  String sections() {
    return sections;
  }

  /** Says how much it is, and not what: it may be secret. */
  @Override
  public String toString() {
    return "Unknown[" + format + ", " + (headers.length() + sections.length()) + " characters]";
  }
}
