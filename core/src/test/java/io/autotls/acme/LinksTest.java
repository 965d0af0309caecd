package io.autotls.acme;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class LinksTest {
  private static final URI BASE = URI.create("https://ca.test/acme/cert/1");

  @Test
  @DisplayName("T6 several headers, and several links in one")
  void severalHeadersAndSeveralLinks() {
    List<String> headers =
        List.of(
            "<https://ca.test/directory>;rel=\"index\"",
            "<https://ca.test/c/1>;rel=\"alternate\", <https://ca.test/c/2> ; REL=Alternate");

    assertThat(Links.targets(headers, "alternate", BASE))
        .containsExactly(URI.create("https://ca.test/c/1"), URI.create("https://ca.test/c/2"));
  }

  @Test
  @Tag("T6")
  void separatorsInQuotesAndUrlsAreNoSeparators() {
    List<String> headers =
        List.of(
            "<https://ca.test/a,b;c>; title=\"x, <https://evil.test/>; rel=next \\\" y\";"
                + " rel=\"next up\"");

    assertThat(Links.targets(headers, "next", BASE))
        .containsExactly(URI.create("https://ca.test/a,b;c"));
    assertThat(Links.targets(headers, "up", BASE)).hasSize(1);
    assertThat(Links.targets(headers, "prev", BASE)).isEmpty();
  }

  @Test
  @Tag("T6")
  void relativeTargetsAreResolved() {
    assertThat(Links.targets(List.of("<../orders?cursor=2>;rel=next"), "next", BASE))
        .containsExactly(URI.create("https://ca.test/acme/orders?cursor=2"));
  }

  @Test
  @Tag("T6")
  void onlyTheFirstRelOfALinkCounts() {
    assertThat(Links.targets(List.of("</a>;rel=index;rel=next"), "next", BASE)).isEmpty();
  }

  @Test
  @Tag("T6")
  void garbageIsSkippedAndDoesNotHang() {
    List<String> headers =
        List.of(
            "", "<", "<>", ",,,", "rel=next", "<ht tp:>;rel=next", "</x>;=;rel", "</y>;rel=\"n");

    assertThat(Links.targets(headers, "next", BASE)).isEmpty();
  }
}
