package io.autotls.testing.simulation;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the referee reads in a stored record: the PEM blocks, in their order, with their headers
 * aside. It knows of the form only what the documentation promises, the credential in service
 * first, and shares no code with AutoTls.
 */
final class StoredRecord {
  private static final String BEGIN = "-----BEGIN ";
  private static final String END = "-----END ";

  private final String text; // without line breaks: PEM breaks its lines anywhere
  private final List<String> keys = new ArrayList<>();
  private final List<String> certificates = new ArrayList<>();

  StoredRecord(byte[] value) {
    String lines = new String(value, StandardCharsets.US_ASCII);
    this.text = lines.replace("\n", "");
    for (int from = text.indexOf(BEGIN); from >= 0; from = text.indexOf(BEGIN, from + 1)) {
      int head = text.indexOf("-----", from + BEGIN.length());
      int tail = text.indexOf(END, from);
      if (head > 0 && tail > head) {
        String label = text.substring(from + BEGIN.length(), head);
        String body = text.substring(head + 5, tail);
        if (label.equals("CERTIFICATE")) {
          certificates.add(body);
        } else if (label.equals("PRIVATE KEY")) {
          keys.add(body);
        }
      }
    }
  }

  /** Whether both have the credential that {@code earlier} has in service, or it has none. */
  boolean keepsCredentialOf(StoredRecord earlier) {
    return earlier.certificates.isEmpty()
        || (certificates.contains(earlier.certificates.get(0))
            && keys.contains(earlier.keys.get(0)));
  }

  /** Whether something went wrong after that one was written. */
  boolean tellsOfAnotherProblemThan(@Nullable StoredRecord earlier) {
    String problem = problemAt();
    return !problem.isEmpty() && (earlier == null || !problem.equals(earlier.problemAt()));
  }

  private String problemAt() {
    int from = text.indexOf("Problem-At: ");
    return from < 0 ? "" : text.substring(from, text.indexOf("Problem-What", from));
  }

  /** The certificate in service, as in PEM; empty if there is none. */
  Optional<String> leaf() {
    return certificates.stream().findFirst();
  }

  boolean mentions(String word) {
    return text.contains(word);
  }

  boolean hasKey(byte[] encoded) {
    return keys.contains(Base64.getEncoder().encodeToString(encoded));
  }
}
