package io.autotls.testing.pebble;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;

/**
 * A running Pebble, the test CA of Let's Encrypt, with the DNS server that it asks; both are
 * processes of this machine and listen on 127.0.0.1 only.
 *
 * <pre>{@code
 * @Test
 * @RequiresPebble
 * void obtainsACertificate() throws Exception {
 *   try (Pebble pebble = Pebble.builder().certificateLifetime(Duration.ofSeconds(20)).start()) {
 *     // a client for pebble.directory() that trusts pebble.httpsRootFile(),
 *     // and answers challenges on pebble.httpPort()
 *   }
 * }
 * }</pre>
 *
 * <p>Every start makes new issuing roots and forgets all accounts and orders. Pebble validates
 * HTTP-01 on {@link #httpPort} and TLS-ALPN-01 on {@link #tlsPort} instead of 80 and 443.
 *
 * <p>Safe for use by many threads.
 */
public final class Pebble implements AutoCloseable {
  private static final Duration DEADLINE = Duration.ofSeconds(60);

  private final Settings settings;
  private final PebbleProcesses processes;

  private Pebble(Settings settings, PebbleProcesses processes) {
    this.settings = settings;
    this.processes = processes;
  }

  /** Begins with Pebble 2.10 and its own defaults, but without sleeps before validations. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Skips the running test, with a message on standard error, if that version is not on this
   * machine; fails it if {@code AUTOTLS_REQUIRE_PEBBLE=1} is in the environment.
   */
  public static void assumeInstalled(PebbleVersion version) {
    if (PebblePrograms.find(version).isEmpty()) {
      Assumptions.abort(PebblePrograms.skipOrFail(version));
    }
  }

  /** The version that runs. */
  public PebbleVersion version() {
    return settings.version();
  }

  /** The URL of the ACME directory. */
  public URI directory() {
    return URI.create("https://localhost:" + processes.ports().directory() + "/dir");
  }

  /** The root that certifies Pebble's own HTTPS, and nothing that it issues. */
  public X509Certificate httpsRoot() {
    return processes.identity().root();
  }

  /** {@link #httpsRoot} as a PEM file, there until {@link #close}. */
  public Path httpsRootFile() {
    return processes.identity().rootFile();
  }

  /** For HTTPS with Pebble: trusts {@link #httpsRoot} alone. */
  public SSLContext sslContext() {
    return processes.identity().sslContext();
  }

  /** The port of 127.0.0.1, or of what the DNS says, on which Pebble validates HTTP-01. */
  public int httpPort() {
    return processes.ports().http();
  }

  /** The port on which Pebble validates TLS-ALPN-01. */
  public int tlsPort() {
    return processes.ports().tls();
  }

  /** The root of the certificates that Pebble issues, the preferred one. */
  public X509Certificate root() {
    return roots().get(0);
  }

  /** All roots of the certificates that Pebble issues: the preferred one, then the alternates. */
  public List<X509Certificate> roots() {
    List<X509Certificate> roots = new ArrayList<>();
    for (int i = 0; i <= settings.alternateRoots(); i++) {
      URI uri = management("/roots/" + i);
      byte[] pem = manage(request(uri).GET().build(), HttpResponse.BodyHandlers.ofByteArray());
      roots.add(certificate(pem));
    }
    return List.copyOf(roots);
  }

  /**
   * Sets what the CA says of a certificate's renewal (RFC 9773 §4.2), as it stands: it may be
   * malformed. Since 2.10.
   */
  public void setRenewalInfo(X509Certificate certificate, String response) {
    String body = Json.write(Map.of("certificate", pem(certificate), "ariResponse", response));
    HttpRequest request =
        request(management("/set-renewal-info/"))
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build();
    manage(request, HttpResponse.BodyHandlers.ofString());
  }

  /** The DNS server that Pebble asks. */
  public ChallengeDns dns() {
    return processes.dns();
  }

  /** Every order that was made, oldest first. */
  public List<PebbleOrder> orders() {
    return processes.orders().all();
  }

  /** The certificate that an order came to. */
  public X509Certificate issuedFor(PebbleOrder order) {
    BigInteger serial =
        order
            .serial()
            .orElseThrow(() -> new IllegalArgumentException("nothing was issued for " + order));
    URI uri = management("/cert-status-by-serial/" + serial.toString(16));
    String json = manage(request(uri).GET().build(), HttpResponse.BodyHandlers.ofString());
    int begin = json.indexOf("-----BEGIN CERTIFICATE-----");
    int end = json.indexOf("\"", begin);
    return certificate(
        json.substring(begin, end).replace("\\n", "\n").getBytes(StandardCharsets.US_ASCII));
  }

  /** What Pebble wrote, the last 2,000 lines. */
  public String log() {
    return processes.log();
  }

  /** Both processes. */
  Stream<ProcessHandle> handles() {
    return processes.handles();
  }

  /** Ends both processes and removes their files. Closing twice is harmless. */
  @Override
  public void close() {
    processes.close();
  }

  private URI management(String path) {
    return URI.create("https://localhost:" + processes.ports().management() + path);
  }

  private <T> T manage(HttpRequest request, HttpResponse.BodyHandler<T> body) {
    try {
      return Requests.send(processes.client(), request, body);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static HttpRequest.Builder request(URI uri) {
    return HttpRequest.newBuilder(uri).timeout(DEADLINE);
  }

  private static X509Certificate certificate(byte[] pem) {
    try {
      return (X509Certificate)
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(pem));
    } catch (CertificateException e) {
      throw new IllegalStateException("Pebble sent a root that is no certificate", e);
    }
  }

  private static String pem(X509Certificate certificate) {
    try {
      return "-----BEGIN CERTIFICATE-----\n"
          + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(certificate.getEncoded())
          + "\n-----END CERTIFICATE-----\n";
    } catch (CertificateException e) {
      throw new IllegalArgumentException(e);
    }
  }

  /** How Pebble is to behave. What is not set is left to Pebble, unless said otherwise. */
  public static final class Builder {
    private PebbleVersion version = PebbleVersion.V2_10;
    private @Nullable Integer httpPort; // null: a free one
    private @Nullable Integer tlsPort; // null: a free one
    private @Nullable Duration certificateLifetime; // null: as Pebble likes
    private final Map<String, Duration> profiles = new LinkedHashMap<>();
    private final Map<String, String> externalAccounts = new LinkedHashMap<>();
    private final List<String> blockedDomains = new ArrayList<>();
    private Duration retryAfter = Duration.ofSeconds(1);
    private final Map<String, String> environment = new LinkedHashMap<>();
    private int alternateRoots;
    private Strictness strictness = Strictness.LENIENT;

    private Builder() {
      environment.put("PEBBLE_VA_NOSLEEP", "1");
    }

    /** Which Pebble to start. 2.10 unless set. */
    public Builder version(PebbleVersion version) {
      this.version = Objects.requireNonNull(version, "version");
      return this;
    }

    /** Where to validate HTTP-01. A free port unless set; {@link Pebble#httpPort} tells. */
    public Builder httpPort(int port) {
      this.httpPort = between("port", port, 1, 65535);
      return this;
    }

    /** Where to validate TLS-ALPN-01. A free port unless set; {@link Pebble#tlsPort} tells. */
    public Builder tlsPort(int port) {
      this.tlsPort = between("port", port, 1, 65535);
      return this;
    }

    /** How long certificates are valid: whole seconds, at least one. Excludes {@link #profile}. */
    public Builder certificateLifetime(Duration lifetime) {
      this.certificateLifetime = wholeSeconds(lifetime);
      return this;
    }

    /** Adds a profile with that lifetime, which may be asked for by name. Since 2.10. */
    public Builder profile(String name, Duration lifetime) {
      this.profiles.put(Objects.requireNonNull(name, "name"), wholeSeconds(lifetime));
      return this;
    }

    /** The share of good nonces to refuse, in percent: 0 to 99. Five unless set. */
    public Builder nonceRejectPercent(int percent) {
      return set("PEBBLE_WFE_NONCEREJECT", between("percent", percent, 0, 99));
    }

    /** How often a valid authorization is used again, in percent: 0 to 100. Fifty unless set. */
    public Builder authzReusePercent(int percent) {
      return set("PEBBLE_AUTHZREUSE", between("percent", percent, 0, 100));
    }

    /** Sleeps before each validation, for a random time up to {@code max} in whole seconds. */
    public Builder validationSleep(Duration max) {
      environment.remove("PEBBLE_VA_NOSLEEP");
      return set("PEBBLE_VA_SLEEPTIME", Math.toIntExact(wholeSeconds(max).toSeconds()));
    }

    /** Accepts every challenge without looking. */
    public Builder everyChallengeIsValid() {
      return set("PEBBLE_VA_ALWAYS_VALID", 1);
    }

    /** Refuses what a coming version of the protocol will refuse. */
    public Builder strict() {
      this.strictness = Strictness.STRICT;
      return this;
    }

    /** Requires an external account, and knows this one; may be repeated. */
    public Builder externalAccount(String keyId, String base64UrlMacKey) {
      this.externalAccounts.put(keyId, base64UrlMacKey);
      return this;
    }

    /** The {@code Retry-After} of authorizations and orders, in whole seconds. One unless set. */
    public Builder retryAfter(Duration retryAfter) {
      this.retryAfter = wholeSeconds(retryAfter);
      return this;
    }

    /** Refuses orders for these names and what is below them. */
    public Builder domainBlocklist(String... domains) {
      this.blockedDomains.addAll(List.of(domains));
      return this;
    }

    /** How many roots there are besides the preferred one. None unless set. */
    public Builder alternateRoots(int count) {
      this.alternateRoots = between("count", count, 0, 16);
      return set("PEBBLE_ALTERNATE_ROOTS", count);
    }

    /** How many intermediates a chain has. One unless set. */
    public Builder chainLength(int length) {
      return set("PEBBLE_CHAIN_LENGTH", between("length", length, 1, 16));
    }

    /**
     * Starts both processes and waits until they answer.
     *
     * @throws IllegalStateException if that version is not on this machine or knows no profiles, or
     *     if Pebble does not come up within 20 seconds; its output is in the message
     */
    public Pebble start() {
      return start(Ports::free);
    }

    Pebble start(Ports.Source ports) {
      PebblePrograms programs =
          PebblePrograms.find(version)
              .orElseThrow(
                  () ->
                      new IllegalStateException(
                          "Pebble " + version + " not found; run .ci/install-pebble"));
      Settings settings = settings();
      return new Pebble(settings, PebbleProcesses.start(programs, settings, ports));
    }

    private Settings settings() {
      if (!profiles.isEmpty() && version == PebbleVersion.V2_4) {
        throw new IllegalStateException("Pebble " + version + " has no profiles");
      }
      if (!profiles.isEmpty() && certificateLifetime != null) {
        throw new IllegalStateException("profiles bring their own certificateLifetime");
      }
      return new Settings(
          version,
          httpPort,
          tlsPort,
          certificateLifetime,
          profiles,
          externalAccounts,
          blockedDomains,
          retryAfter,
          environment,
          alternateRoots,
          strictness);
    }

    private Builder set(String variable, int value) {
      environment.put(variable, Integer.toString(value));
      return this;
    }

    private static int between(String name, int value, int min, int max) {
      if (value < min || value > max) {
        throw new IllegalArgumentException(
            name + " must be from " + min + " to " + max + ": " + value);
      }
      return value;
    }

    private static Duration wholeSeconds(Duration duration) {
      if (duration.toSeconds() < 1 || duration.getNano() != 0) {
        throw new IllegalArgumentException("must be whole seconds, at least one: " + duration);
      }
      return duration;
    }
  }
}
