package io.autotls.internal.text;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A stored value that a person can read and {@code openssl} understands: a title, headers, and
 * named sections of PEM blocks (RFC 7468), with a last line that shows that nothing was cut off.
 *
 * <pre>
 * AutoTls account
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
  private final boolean complete;

  private Document(
      String title, Map<String, String> headers, List<Block> blocks, boolean complete) {
    this.title = title;
    this.headers = headers;
    this.blocks = blocks;
    this.complete = complete;
  }

  /** The first line; empty if the text did not begin with one. */
  public String title() {
    return title;
  }

  /** The value of a header, if it is there. */
  public Optional<String> header(String name) {
    return Optional.ofNullable(headers.get(name));
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
      if (isCopied.test(text.substring(line, colon))) {
        to.text.append(text.substring(line, next)); // not by characters, as for a range
      }
      line = next;
    }
    to.text.append(text.substring(line, text.length() - end.length()));
  }

  /** The document of these parts: headers first. */
  public static byte[] join(String title, Part... parts) {
    byte[] begin = (title + "\n").getBytes(StandardCharsets.UTF_8);
    byte[] end = end(title).getBytes(StandardCharsets.UTF_8);
    int size =
        begin.length + Stream.of(parts).mapToInt(part -> part.text.length).sum() + end.length;
    ByteBuffer document = ByteBuffer.allocate(size).put(begin);
    for (Part part : parts) {
      document.put(part.text);
    }
    return document.put(end).array();
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
    private String title = "";
    private String section = "";
    private @Nullable String label; // of the block that is open, null outside
    private final StringBuilder base64 = new StringBuilder();
    private boolean complete;

    Document parse(String text) {
      text.lines().map(String::strip).filter(line -> !line.isEmpty()).forEach(this::line);
      return new Document(title, headers, List.copyOf(blocks), complete && label == null);
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
        section = line.substring(colon + 2).strip();
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

    /** Begins a document. */
    public Writer(String title) {
      this.title = title;
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

    /** What was written so far, to be {@linkplain #join joined} with other parts. */
    public Part toPart() {
      return new Part(text.toString().getBytes(StandardCharsets.UTF_8));
    }

    /** The document. */
    public byte[] toBytes() {
      return join(title, toPart());
    }
  }
}
