package io.autotls.internal.record;

import io.autotls.internal.text.Document;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * When a certificate is to be renewed, in the text of a record: this is what changes day by day.
 */
final class RenewalPlanCodec {
  static final Set<String> HEADERS =
      Set.of(
          "Renewal-Of",
          "Renewal-At",
          "Renewal-Because",
          "Renewal-Ask-At",
          "Renewal-Failed-Inquiries",
          "Renewal-Replaced-Young",
          "Window-Start",
          "Window-End",
          "Window-Explanation");

  private RenewalPlanCodec() {}

  static void write(Document.Writer writer, @Nullable RenewalPlan renewal) {
    if (renewal == null) {
      return;
    }
    writer.header("Renewal-Of", renewal.alias());
    writer.header("Renewal-At", renewal.at());
    writer.header("Renewal-Because", renewal.because());
    writer.header("Renewal-Ask-At", renewal.askAt());
    writer.header("Renewal-Failed-Inquiries", renewal.failedInquiries());
    writer.header("Renewal-Replaced-Young", renewal.replacedYoung());
    RenewalPlan.Window window = renewal.window();
    if (window != null) {
      writer.header("Window-Start", window.start());
      writer.header("Window-End", window.end());
      writer.header("Window-Explanation", window.explanation());
    }
  }

  /** The stored plan, if it is about this very certificate; else the first one for it. */
  static RenewalPlan read(Document document, Generation current, Instant now) {
    Optional<Instant> at = document.instant("Renewal-At");
    Optional<Instant> askAt = document.instant("Renewal-Ask-At");
    boolean same = document.header("Renewal-Of").equals(Optional.of(current.credential().alias()));
    if (!same || at.isEmpty() || askAt.isEmpty()) {
      return RenewalPolicy.first(current, now, 0);
    }
    return new RenewalPlan(
        current.credential().alias(),
        at.get(),
        document.constant(
            RenewalPlan.Because.class, "Renewal-Because", RenewalPlan.Because.LIFETIME),
        window(document),
        askAt.get(),
        document.number("Renewal-Failed-Inquiries").orElse(0),
        document.number("Renewal-Replaced-Young").orElse(0));
  }

  private static RenewalPlan.@Nullable Window window(Document document) {
    Optional<Instant> start = document.instant("Window-Start");
    Optional<Instant> end = document.instant("Window-End");
    if (start.isEmpty() || end.isEmpty()) {
      return null;
    }
    URI explanation =
        document.header("Window-Explanation").flatMap(RenewalPlanCodec::uri).orElse(null);
    return new RenewalPlan.Window(start.get(), end.get(), explanation);
  }

  private static Optional<URI> uri(String text) {
    try {
      return Optional.of(new URI(text)).filter(RenewalPlanCodec::isPage);
    } catch (URISyntaxException e) {
      return Optional.empty(); // for people only
    }
  }

  /** People click on it. */
  private static boolean isPage(URI url) {
    return "https".equalsIgnoreCase(url.getScheme()) || "http".equalsIgnoreCase(url.getScheme());
  }
}
