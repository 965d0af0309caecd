package io.autotls.testing.ca;

import io.autotls.testing.ca.internal.http.Headers.Header;
import io.autotls.testing.ca.internal.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * An answer of the CA to a request that came without a socket, by {@link TestCa#exchange}.
 *
 * @param status of HTTP
 * @param headers names in lower case, and their values in order
 * @param body the bytes
 * @param delay how long the CA took, by {@link FaultScript#delay}: to be passed on the test's clock
 */
public record CaAnswer(int status, Map<String, List<String>> headers, byte[] body, Duration delay) {
  static CaAnswer of(HttpResponse response, Duration delay) {
    Map<String, List<String>> headers =
        response.headers().fields().stream()
            .collect(
                Collectors.groupingBy(
                    field -> field.name().toLowerCase(Locale.ROOT),
                    TreeMap::new,
                    Collectors.mapping(Header::value, Collectors.toList())));
    return new CaAnswer(response.status(), headers, response.body(), delay);
  }

  /** The body as UTF-8. */
  public String text() {
    return new String(body, StandardCharsets.UTF_8);
  }
}
