package io.autotls.internal.text;

import io.autotls.internal.time.Due;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A stored value that a person can read and {@code openssl} understands: a title, headers, and
 * named sections of PEM blocks (RFC 7468), with a last line that shows that nothing was cut off.
 *
 * <pre>
 * AutoTls account
 * Format: 1.0
 * Directory: https://ca.example/directory
 *
 * Section: key
 * -----BEGIN PRIVATE KEY-----
 * …
 * -----END PRIVATE KEY-----
 *
 * End of AutoTls account
 * </pre>
 *
 * Immutable. {@link #toString()} tells the title only: blocks may be private keys.
 */
public final class Document {
  private static final String END = "End of ";
  private static final String SECTION = "Section";
  private static final String BEGIN_MARK = "-----BEGIN ";
  private static final String END_MARK = "-----END ";
  private static final String MARK_TAIL = "-----";
  private static final Pattern NUMBER = Pattern.compile("\\d{1,9}");
  private static final Pattern COMMA = Pattern.compile(", ");
  private static final Pattern SPACE = Pattern.compile("\\s+");
  private static final Base64.Encoder LINES = Base64.getMimeEncoder(64, new byte[] {'\n'});

  /** One PEM block and the section that it stands in. */
  public record Block(String section, String label, byte[] der) {
    @Override
    public String toString() {
      return "Block[" + section + ", " + label + "]";
    }
  }

  /** Headers or sections as they are stored, for several documents that share them. */
  public static final class Part {
    private final byte[] text;

    private Part(byte[] text) {
      this.text = text;
    }
  }

  private final String title;
  private final Map<String, String> headers;
  private final List<Block> blocks;
  private final List<String> sections;
  private final String text;
  private final boolean complete;

  private Document(Parser parsed, String text) {
    this.title = parsed.title;
    this.headers = parsed.headers;
    this.blocks = List.copyOf(parsed.blocks);
    this.sections = List.copyOf(parsed.sections);
    this.text = text;
    this.complete = parsed.complete && parsed.label == null;
  }

  /** The first line; empty if the text did not begin with one. */
  public String title() {
    return title;
  }

  /** The form that it was written in, the present one if it does not say. */
  public FormatVersion format() {
    return FormatVersion.of(headers.getOrDefault(FormatVersion.HEADER, ""));
  }

  /** What it has besides what is known. */
  public Unknown unknown(Vocabulary known) {
    boolean all =
        headers.keySet().stream().allMatch(known::hasHeader)
            && sections.stream().allMatch(known::hasSection);
    return all
        ? Unknown.rest(format())
        : new Unknown(format(), headersBut(known), sectionsBut(known));
  }

  private String headersBut(Vocabulary known) {
    return headers.entrySet().stream()
        .filter(header -> !known.hasHeader(header.getKey()))
        .map(header -> header.getKey() + ": " + header.getValue() + "\n")
        .collect(Collectors.joining());
  }

  private String sectionsBut(Vocabulary known) {
    StringBuilder unknown = new StringBuilder();
    boolean inUnknown = false;
    for (String line : text.lines().map(String::strip).toList()) {
      boolean begins = line.startsWith(SECTION + ": ");
      if (begins) {
        inUnknown = !known.hasSection(sectionOf(line));
      } else if (line.equals(END + title)) {
        break;
      }
      if (inUnknown && !line.isEmpty()) {
        unknown.append(begins ? "\n" : "").append(line).append('\n');
      }
    }
    return unknown.toString();
  }

  private static String sectionOf(String line) {
    return line.substring(line.indexOf(": ") + 2).strip();
  }

  /** The value of a header, if it is there. */
  public Optional<String> header(String name) {
    return Optional.ofNullable(headers.get(name));
  }

  /** The instant that a header says; empty if it is not there, or none. */
  public Optional<Instant> instant(String name) {
    return due(name).flatMap(Due::instant);
  }

  /** When something is due, as a header says; empty if it is not there, or makes no sense. */
  public Optional<Due> due(String name) {
    return header(name).flatMap(Due::parse);
  }

  /** The number that a header says; empty if it is not there, or none. */
  public Optional<Integer> number(String name) {
    return header(name).filter(NUMBER.asMatchPredicate()).map(Integer::valueOf);
  }

  /** The constant whose name a header says; another one if it is not there, or unknown. */
  public <E extends Enum<E>> E constant(Class<E> type, String name, E unlessThere) {
    String constant = headers.getOrDefault(name, "");
    for (E one : type.getEnumConstants()) {
      if (one.name().equals(constant)) {
        return one;
      }
    }
    return unlessThere;
  }

  /** The items of a header that was written as {@code a, b, c}. */
  public Stream<String> list(String name) {
    return header(name).stream().flatMap(COMMA::splitAsStream);
  }

  /** The headers whose names begin so, without that beginning. */
  public Map<String, String> family(String beginning) {
    return headers.entrySet().stream()
        .filter(header -> header.getKey().startsWith(beginning))
        .collect(
            Collectors.toMap(
                header -> header.getKey().substring(beginning.length()), Map.Entry::getValue));
  }

  /** All headers, in order. */
  public Map<String, String> headers() {
    return headers;
  }

  /** The blocks with that label in that section, in order. */
  public List<byte[]> blocks(String section, String label) {
    return blocks.stream()
        .filter(block -> block.section().equals(section) && block.label().equals(label))
        .map(Block::der)
        .toList();
  }

  /** All blocks, in order. */
  public List<Block> blocks() {
    return blocks;
  }

  /** The names of its sections, in order. */
  public List<String> sections() {
    return sections;
  }

  /** Whether the last line was there. */
  public boolean isComplete() {
    return complete;
  }

  /**
   * Reads what is there, as far as it makes sense: never throws, however torn or foreign the text
   * is.
   */
  public static Document parse(byte[] value) {
    return new Parser().parse(new String(value, StandardCharsets.UTF_8));
  }

  /**
   * Copies a document as a writer made it, all but some headers; blocks are not decoded.
   *
   * @param stored a document that is complete
   * @param to a new writer with the same title
   * @param isCopied whether the header of that name is copied; asked for one after the other, and
   *     may write others in its place
   * @throws IllegalArgumentException if it is not as a writer made it, to the last character
   */
  public static void copy(byte[] stored, Writer to, Predicate<String> isCopied) {
    String text = new String(stored, StandardCharsets.UTF_8);
    String end = end(to.title);
    if (!text.startsWith(to.title + "\n") || !text.endsWith(end) || text.indexOf('\r') >= 0) {
      throw new IllegalArgumentException("this is not " + to.title + ", as it is written");
    }
    int line = text.indexOf('\n') + 1;
    while (text.charAt(line) != '\n') { // the end begins with an empty line, at the latest
      int next = text.indexOf('\n', line) + 1;
      int colon = text.indexOf(": ", line);
      if (colon < 0 || colon > next) {
        throw new IllegalArgumentException("a header without a value in " + to.title);
      }
      String header = text.substring(line, colon);
      if (header.equals(FormatVersion.HEADER)) {
        to.unknown = Unknown.rest(FormatVersion.of(text.substring(colon + 2, next).strip()));
      } else if (isCopied.test(header)) {
        to.text.append(text.substring(line, next)); // not by characters, as for a range
      }
      line = next;
    }
    to.text.append(text.substring(line, text.length() - end.length()));
  }

  /** The document of these parts: headers first. */
  public static byte[] join(String title, Unknown unknown, Part... parts) {
    FormatVersion format = FormatVersion.CURRENT.orNewer(unknown.format());
    byte[] begin =
        bytes(title + "\n" + FormatVersion.HEADER + ": " + format + "\n" + unknown.headers());
    byte[] end = bytes(unknown.sections() + end(title));
    int size =
        begin.length + Stream.of(parts).mapToInt(part -> part.text.length).sum() + end.length;
    ByteBuffer document = ByteBuffer.allocate(size).put(begin);
    for (Part part : parts) {
      document.put(part.text);
    }
    return document.put(end).array();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String end(String title) {
    return "\n" + END + title + "\n";
  }

  @Override
  public String toString() {
    return "Document[" + title + "]";
  }

  private static final class Parser {
    private final Map<String, String> headers = new LinkedHashMap<>();
    private final List<Block> blocks = new ArrayList<>();
    private final List<String> sections = new ArrayList<>();
    private String title = "";
    private String section = "";
    private @Nullable String label; // of the block that is open, null outside
    private final StringBuilder base64 = new StringBuilder();
    private boolean complete;

    Document parse(String text) {
      text.lines().map(String::strip).filter(line -> !line.isEmpty()).forEach(this::line);
      return new Document(this, text);
    }

    private void line(String line) {
      if (line.startsWith(BEGIN_MARK) && line.endsWith(MARK_TAIL)) {
        label = line.substring(BEGIN_MARK.length(), line.length() - MARK_TAIL.length());
        base64.setLength(0);
      } else if (line.startsWith(END_MARK)) {
        closeBlock(line);
      } else if (label != null) {
        base64.append(line);
      } else {
        text(line);
      }
    }

    private void closeBlock(String line) {
      if (label != null && line.equals(END_MARK + label + MARK_TAIL)) {
        try {
          blocks.add(new Block(section, label, Base64.getDecoder().decode(base64.toString())));
        } catch (IllegalArgumentException e) {
          // A damaged block is as good as none; whoever needs it says that it is missing.
        }
      }
      label = null;
    }

    private void text(String line) {
      int colon = line.indexOf(": ");
      if (!title.isEmpty() && line.equals(END + title)) {
        complete = true;
      } else if (line.startsWith(SECTION + ": ")) {
        section = sectionOf(line);
        sections.add(section);
      } else if (colon > 0 && section.isEmpty()) {
        headers.putIfAbsent(line.substring(0, colon), line.substring(colon + 2).strip());
      } else if (title.isEmpty() && headers.isEmpty()) {
        title = line;
      }
    }
  }

  /** Writes a document; not safe for use by many threads. */
  public static final class Writer {
    private final StringBuilder text = new StringBuilder(512); // without the title
    private final String title;
    private Unknown unknown = Unknown.NONE;

    /** Begins a document. */
    public Writer(String title) {
      this.title = title;
    }

    /** What the document had besides when it was read, and is to have again. */
    public Writer keeping(Unknown kept) {
      this.unknown = kept;
      return this;
    }

    /** Adds a header, unless {@code value} is null. Line breaks become spaces. */
    public Writer header(String name, @Nullable Object value) {
      if (value != null) {
        text.append(name).append(": ");
        text.append(oneLine(value.toString())).append('\n');
      }
      return this;
    }

    private static String oneLine(String value) {
      // Nearly every value is fine as it is, and records are written often.
      for (int i = 0; i < value.length(); i++) {
        if (value.charAt(i) <= ' ') {
          return SPACE.matcher(value).replaceAll(" ").strip();
        }
      }
      return value;
    }

    /** Adds a header for each of a family, in the order of their names. */
    public Writer family(String beginning, Map<String, String> values) {
      values.entrySet().stream()
          .sorted(Map.Entry.comparingByKey())
          .forEach(one -> header(beginning + one.getKey(), one.getValue()));
      return this;
    }

    /** Adds a header with all of them, unless there are none. */
    public Writer list(String name, Stream<String> items) {
      String joined = items.sorted().collect(Collectors.joining(", "));
      return header(name, joined.isEmpty() ? null : joined);
    }

    /** Begins a section; no headers after this. */
    public Writer section(String name) {
      text.append('\n').append(SECTION).append(": ").append(name).append('\n');
      return this;
    }

    /** Adds a PEM block. */
    public Writer block(String label, byte[] der) {
      text.append(BEGIN_MARK).append(label).append(MARK_TAIL).append('\n');
      text.append(LINES.encodeToString(der)).append('\n');
      text.append(END_MARK).append(label).append(MARK_TAIL).append('\n');
      return this;
    }

    /** Adds lines of a form of their own; no headers after this. */
    public Writer lines(CharSequence lines) {
      text.append(lines);
      return this;
    }

    /** What was written so far, to be {@linkplain #join joined} with other parts. */
    public Part toPart() {
      return new Part(text.toString().getBytes(StandardCharsets.UTF_8));
    }

    /** The document. */
    public byte[] toBytes() {
      return join(title, unknown, toPart());
    }
  }
}
