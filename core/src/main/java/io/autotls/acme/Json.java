package io.autotls.acme;

import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * JSON as RFC 8259 has it and nothing beyond: one object, no duplicate names, nesting bounded, no
 * number too long to be worth a conversion. Directories carry values of any kind under names of the
 * CA's choice, so all of JSON has to be understood, if only to be skipped.
 */
final class Json {
  private static final int MAX_DEPTH = 32;
  private static final int MAX_NUMBER_LENGTH = 64;

  private final String text;
  private int at;
  private int depth;

  private Json(String text) {
    this.text = text;
  }

  /** Reads exactly one object in UTF-8. */
  static JsonObject parse(byte[] utf8) throws MalformedAnswerException {
    String text;
    try {
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8)).toString();
    } catch (CharacterCodingException e) {
      throw new MalformedAnswerException("it is not UTF-8");
    }
    Json json = new Json(text);
    json.skipSpace();
    if (json.peek() != '{') {
      throw new MalformedAnswerException("it is not a JSON object");
    }
    JsonObject object = json.object();
    json.skipSpace();
    if (json.at != text.length()) {
      throw json.unexpected();
    }
    return object;
  }

  /** Writes maps, lists, strings, integers and booleans, without any white space. */
  static String write(Object value) {
    StringBuilder out = new StringBuilder();
    write(value, out);
    return out.toString();
  }

  private @Nullable Object value() throws MalformedAnswerException {
    skipSpace();
    char next = peek();
    switch (next) {
      case '{':
        return object();
      case '[':
        return array();
      case '"':
        return string();
      case 't':
        return literal("true", Boolean.TRUE);
      case 'f':
        return literal("false", Boolean.FALSE);
      case 'n':
        return literal("null", null);
      default:
        return number();
    }
  }

  private JsonObject object() throws MalformedAnswerException {
    enter();
    Map<String, @Nullable Object> members = new LinkedHashMap<>();
    expect('{');
    skipSpace();
    if (peek() != '}') {
      do {
        skipSpace();
        String name = string();
        skipSpace();
        expect(':');
        if (members.containsKey(name)) {
          throw new MalformedAnswerException("it has a JSON member twice");
        }
        members.put(name, value());
        skipSpace();
      } while (accept(','));
    }
    expect('}');
    depth--;
    return new JsonObject(members);
  }

  private List<@Nullable Object> array() throws MalformedAnswerException {
    enter();
    List<@Nullable Object> elements = new ArrayList<>();
    expect('[');
    skipSpace();
    if (peek() != ']') {
      do {
        elements.add(value());
        skipSpace();
      } while (accept(','));
    }
    expect(']');
    depth--;
    return elements;
  }

  private String string() throws MalformedAnswerException {
    expect('"');
    StringBuilder out = new StringBuilder();
    for (char c = next(); c != '"'; c = next()) {
      if (c < ' ') {
        throw new MalformedAnswerException("it has a control character in a JSON string");
      }
      out.append(c == '\\' ? escape() : c);
    }
    return out.toString();
  }

  private char escape() throws MalformedAnswerException {
    char c = next();
    switch (c) {
      case '"':
      case '\\':
      case '/':
        return c;
      case 'b':
        return '\b';
      case 'f':
        return '\f';
      case 'n':
        return '\n';
      case 'r':
        return '\r';
      case 't':
        return '\t';
      case 'u':
        int code = 0;
        for (int i = 0; i < 4; i++) {
          char c4 = next();
          int digit = c4 < 128 ? Character.digit(c4, 16) : -1;
          if (digit < 0) {
            throw new MalformedAnswerException("it has a bad escape in a JSON string");
          }
          code = code * 16 + digit;
        }
        return (char) code;
      default:
        throw new MalformedAnswerException("it has a bad escape in a JSON string");
    }
  }

  private BigDecimal number() throws MalformedAnswerException {
    int start = at;
    accept('-');
    if (!accept('0')) {
      digits();
    }
    if (accept('.')) {
      digits();
    }
    if (accept('e') || accept('E')) {
      if (!accept('+')) {
        accept('-');
      }
      digits();
    }
    if (at - start > MAX_NUMBER_LENGTH) {
      throw new MalformedAnswerException("it has a number of more than 64 characters");
    }
    try {
      return new BigDecimal(text.substring(start, at));
    } catch (NumberFormatException e) { // an exponent of more than ten digits
      throw new MalformedAnswerException("it has a number out of range");
    }
  }

  private void digits() throws MalformedAnswerException {
    if (peek() < '0' || peek() > '9') {
      throw unexpected();
    }
    while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
      at++;
    }
  }

  private @Nullable Object literal(String word, @Nullable Object value)
      throws MalformedAnswerException {
    if (!text.startsWith(word, at)) {
      throw unexpected();
    }
    at += word.length();
    return value;
  }

  private void enter() throws MalformedAnswerException {
    if (++depth > MAX_DEPTH) {
      throw new MalformedAnswerException("its JSON is nested deeper than " + MAX_DEPTH);
    }
  }

  private void skipSpace() {
    while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
  }

  private char peek() throws MalformedAnswerException {
    if (at >= text.length()) {
      throw new MalformedAnswerException("its JSON ends too early");
    }
    return text.charAt(at);
  }

  private char next() throws MalformedAnswerException {
    char c = peek();
    at++;
    return c;
  }

  private boolean accept(char c) {
    boolean there = at < text.length() && text.charAt(at) == c;
    if (there) {
      at++;
    }
    return there;
  }

  private void expect(char c) throws MalformedAnswerException {
    if (next() != c) {
      at--;
      throw unexpected();
    }
  }

  private MalformedAnswerException unexpected() {
    return new MalformedAnswerException("its JSON is broken at character " + at);
  }

  private static void write(Object value, StringBuilder out) {
    if (value instanceof Map<?, ?> map) {
      out.append('{');
      String separator = "";
      for (Map.Entry<?, ?> member : map.entrySet()) {
        out.append(separator);
        writeString((String) member.getKey(), out);
        out.append(':');
        write(member.getValue(), out);
        separator = ",";
      }
      out.append('}');
    } else if (value instanceof Iterable<?> list) {
      out.append('[');
      String separator = "";
      for (Object element : list) {
        out.append(separator);
        write(element, out);
        separator = ",";
      }
      out.append(']');
    } else if (value instanceof Boolean || value instanceof Integer || value instanceof Long) {
      out.append(value);
    } else {
      writeString((String) value, out);
    }
  }

  private static void writeString(String value, StringBuilder out) {
    out.append('"');
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (c < ' ') {
        out.append(String.format("\\u%04x", (int) c));
      } else {
        out.append(c);
      }
    }
    out.append('"');
  }
}
