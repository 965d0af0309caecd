package io.autotls.internal.localca;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.autotls.KeyType;
import io.autotls.internal.text.Keys;
import io.autotls.spi.Entry;
import io.autotls.spi.Issuance;
import io.autotls.spi.IssuerException;
import io.autotls.spi.Key;
import io.autotls.spi.Progress;
import io.autotls.spi.StoredNames;
import io.autotls.spi.Version;
import io.autotls.storage.FileStorage;
import io.autotls.storage.MemoryStorage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class LocalCaTest {
  private static final Instant START = Instant.parse("2026-11-24T21:00:00Z");
  private static final Duration WEEK = Duration.ofDays(7);
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final KeyPair KEYS = Keys.generate(KeyType.EC_P256, RANDOM);

  private final MemoryStorage storage = MemoryStorage.create();
  private final LocalContext context = new LocalContext(storage, START);
  private final LocalCa ca = new LocalCa(context, WEEK, RANDOM);

  @Test
  void aCertificateSaysWhatCertificatesOfServersSay() throws Exception {
    List<X509Certificate> chain = issue(ca, KEYS, "localhost", "*.shop.test", "127.0.0.1", "::1");

    X509Certificate leaf = chain.get(0);
    assertThat(leaf.getSubjectX500Principal().getName()).isEmpty();
    assertThat(leaf.getCriticalExtensionOIDs()).contains("2.5.29.17"); // SAN, as nothing else names
    assertThat(leaf.getSubjectAlternativeNames().stream().map(n -> n.get(1).toString()))
        .containsExactly("localhost", "*.shop.test", "127.0.0.1", "0:0:0:0:0:0:0:1");
    assertThat(leaf.getExtendedKeyUsage()).containsExactly("1.3.6.1.5.5.7.3.1");
    assertThat(leaf.getBasicConstraints()).isEqualTo(-1);
    assertThat(leaf.getNotBefore().toInstant()).isEqualTo(START.minusSeconds(60));
    assertThat(leaf.getNotAfter().toInstant()).isEqualTo(START.plus(WEEK));
    assertThat(leaf.getSerialNumber().bitLength()).isBetween(120, 128);
    assertThat(leaf.getSerialNumber())
        .isNotEqualTo(issue(ca, KEYS, "localhost").get(0).getSerialNumber());
    assertThat(leaf.getExtensionValue("2.5.29.14")).isNotNull();
    assertThat(leaf.getExtensionValue("2.5.29.35")).isNotNull();
    assertThat(chain).hasSize(2);
    validate(chain, ca.roots(), START);
  }

  @ParameterizedTest
  @EnumSource(KeyType.class)
  void everyKindOfKeyGetsACertificate(KeyType type) throws Exception {
    validate(issue(ca, Keys.generate(type, RANDOM), "localhost"), ca.roots(), START);
  }

  @Test
  void namesOfTheWorldAreNotSigned() {
    assertThatThrownBy(() -> issue(ca, KEYS, "localhost", "example.com"))
        .isInstanceOfSatisfying(
            IssuerException.class,
            e -> assertThat(e.reaction()).isEqualTo(IssuerException.Reaction.OPERATOR))
        .hasMessageContaining("example.com");
  }

  @Test
  void aStolenKeySpeaksForNobodyElse() throws Exception {
    ca.roots();
    Authority authority = new AuthorityStore(storage, RANDOM).current(START);
    X509Certificate forged =
        new Certificates(RANDOM)
            .leaf(
                KEYS.getPublic(),
                List.of("bank.example.com"),
                authority.intermediate(),
                START,
                WEEK);
    X509Certificate forgedAddress =
        new Certificates(RANDOM)
            .leaf(KEYS.getPublic(), List.of("8.8.8.8"), authority.intermediate(), START, WEEK);

    assertThatThrownBy(() -> validate(authority.chain(forged), ca.roots(), START))
        .isInstanceOf(CertPathValidatorException.class);
    assertThatThrownBy(() -> validate(authority.chain(forgedAddress), ca.roots(), START))
        .isInstanceOf(CertPathValidatorException.class);
  }

  @Test
  void theKeyIsNewForEveryStorageAndKeptInIt() throws IOException {
    LocalCa restarted = new LocalCa(context, WEEK, RANDOM);
    LocalCa elsewhere = new LocalCa(new LocalContext(MemoryStorage.create(), START), WEEK, RANDOM);

    assertThat(restarted.roots()).isEqualTo(ca.roots());
    assertThat(elsewhere.roots()).doesNotContainAnyElementsOf(ca.roots());
  }

  @Test
  void nodesThatBeginAtOnceEndWithOneRoot() throws Exception {
    int nodes = 8;
    CyclicBarrier together = new CyclicBarrier(nodes);
    List<Callable<List<X509Certificate>>> starts = new ArrayList<>();
    for (int i = 0; i < nodes; i++) {
      LocalCa node = new LocalCa(context, WEEK, RANDOM);
      starts.add(
          () -> {
            together.await();
            issue(node, KEYS, "localhost");
            return node.roots();
          });
    }

    ExecutorService threads = Executors.newFixedThreadPool(nodes);
    try {
      Set<List<X509Certificate>> roots = new HashSet<>();
      for (Future<List<X509Certificate>> root : threads.invokeAll(starts)) {
        roots.add(root.get());
      }
      assertThat(roots).hasSize(1);
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  @Tag("PD38")
  void overTwelveYearsEveryLeafVerifiesEveryDay() throws Exception {
    List<X509Certificate> firstRoots = ca.roots();
    Instant firstEnd = firstRoots.get(0).getNotAfter().toInstant();
    List<X509Certificate> chain = issue(ca, KEYS, "localhost");
    List<X509Certificate> rootsThen = ca.roots();
    Set<X509Certificate> roots = new HashSet<>(firstRoots);
    Set<X509Certificate> intermediates = new HashSet<>();
    for (int day = 0; day < 12 * 365; day++) {
      context.advance(Duration.ofDays(1));
      List<X509Certificate> rootsToday = ca.roots();
      validate(chain, rootsToday, context.now()); // whoever learns the roots today
      if (!rootsToday.equals(rootsThen)) {
        validate(chain, rootsThen, context.now()); // whoever learned them with this leaf
      }
      if (day % 4 == 3) {
        chain = issue(ca, KEYS, "localhost");
        rootsThen = ca.roots();
        intermediates.add(chain.get(1));
        roots.addAll(rootsThen);
      }
      X509Certificate leaf = chain.get(0);
      if (!leaf.getNotAfter().toInstant().isAfter(firstEnd)) {
        validate(chain, firstRoots, context.now()); // whoever learned them once, ten years ago
      }
      for (X509Certificate above : chain) {
        assertThat(above.getNotAfter()).isAfterOrEqualTo(leaf.getNotAfter());
      }
    }

    assertThat(roots).hasSize(2);
    assertThat(intermediates).hasSizeBetween(35, 40); // one in 120 days
    assertThat(ca.roots()).hasSize(1).doesNotContainAnyElementsOf(firstRoots);
  }

  @Test
  void whoTrustsOnlyTheNewRootVerifiesTheLongChainToo() throws Exception {
    X509Certificate first = ca.roots().get(0);
    context.advance(Duration.ofDays(8 * 365 + 10));
    List<X509Certificate> chain = issue(ca, KEYS, "localhost");
    List<X509Certificate> roots = ca.roots();

    assertThat(roots).hasSize(2).contains(first);
    assertThat(chain).hasSize(3);
    validate(chain, List.of(first), context.now());
    validate(chain.subList(0, 2), roots.subList(0, 1), context.now());
    assertThat(entryText()).containsOnlyOnce("Section: root\n");
  }

  @Test
  @Tag("PD38")
  void anExpiredRootIsSucceededAtOnce() throws Exception {
    ca.roots();
    context.advance(Duration.ofDays(11 * 365));

    validate(issue(ca, KEYS, "localhost"), ca.roots(), context.now());
    assertThat(ca.roots()).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"P200D", "P3100D", "P3650D", "P7300D", "-P30D", "-P400D", "-P20000D"})
  void aClockThatWasWrongForAnHourCostsNoRootThatClientsTrust(String wrong) throws Exception {
    List<X509Certificate> roots = ca.roots();
    context.advance(Duration.ofDays(20));
    Duration jump = Duration.parse(wrong);

    context.advance(jump);
    issue(ca, KEYS, "localhost");
    issue(new LocalCa(context, WEEK, RANDOM), KEYS, "localhost");
    context.advance(Duration.ofHours(1).minus(jump));

    validate(issue(ca, KEYS, "localhost"), roots, context.now());
    assertThat(ca.roots().get(0)).isEqualTo(roots.get(0));
    assertThat(ca.rootPem()).startsWith(AuthorityCodec.pem(roots));
  }

  @Test
  void clocksThatAreFarApartMakeNoRootAfterRoot() throws Exception {
    ca.roots();
    Set<X509Certificate> seen = new HashSet<>();
    for (int day = 0; day < 50; day++) {
      for (int years : new int[] {10, -10, 0}) {
        context.advance(Duration.ofDays(365L * years));
        issue(ca, KEYS, "localhost");
        seen.add(ca.roots().get(0));
        context.advance(Duration.ofDays(-365L * years));
      }
      context.advance(Duration.ofDays(1));
    }

    assertThat(seen).hasSize(3);
  }

  @Test
  void aRootThatWasMadeByAClockTenYearsAheadIsNotWaitedFor() throws Exception {
    context.advance(Duration.ofDays(3650));
    issue(ca, KEYS, "localhost");

    context.advance(Duration.ofDays(-3650));

    validate(issue(ca, KEYS, "localhost"), ca.roots(), context.now());
  }

  @Test
  void aRootThatWasMadeTooEarlyIsTheNextOneWhenItsTimeComes() throws Exception {
    List<X509Certificate> first = ca.roots();
    context.advance(Duration.ofDays(3100));
    X509Certificate next = issuedUnder();
    context.advance(Duration.ofDays(-3100));
    issue(ca, KEYS, "localhost");

    context.advance(Duration.ofDays(3101));

    assertThat(issuedUnder()).isEqualTo(next);
    validate(issue(ca, KEYS, "localhost"), first, context.now());
  }

  @ParameterizedTest
  @ValueSource(strings = {"P3650D", "P7300D", "-P400D", "-P20000D"})
  void aRootOfAWrongClockDoesNotStandBetweenThoseThatClientsTrust(String wrong) throws Exception {
    List<X509Certificate> first = ca.roots();
    Instant firstEnd = first.get(0).getNotAfter().toInstant();
    Duration jump = Duration.parse(wrong);
    context.advance(jump);
    issue(ca, KEYS, "localhost");
    context.advance(Duration.ofDays(2000).minus(jump));
    List<X509Certificate> learned = ca.roots();

    for (int day = 2000; day < 12 * 365; day += 50) {
      List<X509Certificate> chain = issue(ca, KEYS, "localhost");
      validate(chain, learned, context.now()); // whoever learned the roots fifty days ago
      if (!chain.get(0).getNotAfter().toInstant().isAfter(firstEnd)) {
        validate(chain, first, context.now());
      }
      learned = ca.roots();
      context.advance(Duration.ofDays(50));
    }
  }

  private X509Certificate issuedUnder() throws Exception {
    issue(ca, KEYS, "localhost");
    return ca.roots().get(0);
  }

  @Test
  void aDamagedIntermediateIsMadeAnewUnderTheSameRoot() throws Exception {
    List<X509Certificate> roots = ca.roots();
    overwrite(entryText().replaceFirst("(?s)Section: intermediate.*", ""));

    validate(issue(ca, KEYS, "localhost"), roots, START);
    assertThat(ca.roots()).isEqualTo(roots);
    assertThat(StoredNames.of(storage, "damaged/local-ca/authority/")).hasSize(1);
  }

  @Test
  void aDamagedRootIsKeptAsideAndMadeAnew() throws Exception {
    List<X509Certificate> roots = ca.roots();
    overwrite("something else");

    validate(issue(ca, KEYS, "localhost"), ca.roots(), START);
    assertThat(ca.roots()).doesNotContainAnyElementsOf(roots);
    assertThat(StoredNames.of(storage, "damaged/local-ca/authority/"))
        .singleElement()
        .satisfies(
            copy ->
                assertThat(new String(storage.read(Key.of(copy)).orElseThrow().value()))
                    .isEqualTo("something else"));
  }

  @Test
  void theRootsAreThereForPeopleWithoutKeys() throws Exception {
    String pem = ca.rootPem();

    byte[] stored = storage.read(AuthorityStore.ROOTS_KEY).orElseThrow().value();
    assertThat(new String(stored, StandardCharsets.UTF_8)).isEqualTo(pem);
    assertThat(pem).startsWith("-----BEGIN CERTIFICATE-----\n").doesNotContain("PRIVATE");
  }

  @Test
  void nothingTellsTheKeys() throws Exception {
    Authority authority = new AuthorityStore(storage, RANDOM).current(START);

    assertThat(authority.toString() + Renewals.Remains.of(authority) + ca)
        .contains("AutoTls local CA")
        .doesNotContain("PRIVATE", "KeyPair", "ECPrivateKey");
  }

  @Test
  void opensslAgrees(@TempDir Path folder) throws Exception {
    assumeTrue(
        hasOpenssl(), "SKIPPED: there is no openssl here, so nobody else looked at the chain");
    FileStorage files = FileStorage.at(folder.resolve("store"));
    LocalContext here = new LocalContext(files, START);
    LocalCa local = new LocalCa(here, WEEK, RANDOM);
    local.roots();
    here.advance(Duration.ofDays(8 * 365 + 10));
    List<X509Certificate> chain =
        issue(local, KEYS, "localhost", "*.shop.test", "127.0.0.1", "::1", "nas.home.arpa");
    Path leaf = write(folder, "leaf.pem", AuthorityCodec.pem(chain.subList(0, 1)));
    Path rest = write(folder, "rest.pem", AuthorityCodec.pem(chain.subList(1, chain.size())));
    Path both = folder.resolve("store/local-ca/roots.entry");
    List<X509Certificate> roots = local.roots();
    Path next = write(folder, "next.pem", AuthorityCodec.pem(roots.subList(0, 1)));
    Path first = write(folder, "first.pem", AuthorityCodec.pem(roots.subList(1, 2)));

    for (Path trusted : List.of(both, next, first)) {
      assertThat(openssl(here.now(), trusted, rest, leaf, "-verify_hostname", "a.shop.test"))
          .endsWith("leaf.pem: OK");
      assertThat(openssl(here.now(), trusted, rest, leaf, "-verify_ip", "::1"))
          .endsWith("leaf.pem: OK");
    }
    assertThat(openssl(here.now(), both, rest, leaf, "-verify_hostname", "other.test"))
        .contains("hostname mismatch");
  }

  @Test
  void opensslRefusesWhatAStolenKeySigns(@TempDir Path folder) throws Exception {
    assumeTrue(
        hasOpenssl(), "SKIPPED: there is no openssl here, so nobody else looked at the chain");
    Authority authority = new AuthorityStore(storage, RANDOM).current(START);
    X509Certificate forged =
        new Certificates(RANDOM)
            .leaf(KEYS.getPublic(), List.of("example.com"), authority.intermediate(), START, WEEK);
    Path leaf = write(folder, "leaf.pem", AuthorityCodec.pem(List.of(forged)));
    Path rest =
        write(
            folder,
            "rest.pem",
            AuthorityCodec.pem(List.of(authority.intermediate().certificate())));
    Path roots = write(folder, "roots.pem", AuthorityCodec.pem(authority.roots(START)));

    assertThat(openssl(START, roots, rest, leaf)).contains("permitted subtree violation");
  }

  @Test
  void theLocalCaKnowsNothingOfTheEngineAndTheAcmeClient() {
    noClasses()
        .that()
        .resideInAPackage("io.autotls.internal.localca..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "io.autotls.acme..",
            "io.autotls.tls..",
            "io.autotls.storage..",
            "io.autotls.internal.engine..",
            "io.autotls.internal.issuer..")
        .check(
            new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages("io.autotls.internal.localca"));
  }

  private static Path write(Path folder, String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  private static boolean hasOpenssl() throws InterruptedException {
    try {
      return new ProcessBuilder("openssl", "version").start().waitFor() == 0;
    } catch (IOException e) {
      return false;
    }
  }

  private static String openssl(Instant at, Path roots, Path rest, Path leaf, String... more)
      throws Exception {
    List<String> command = new ArrayList<>(List.of("openssl", "verify", "-x509_strict"));
    command.addAll(List.of("-purpose", "sslserver", "-attime", Long.toString(at.getEpochSecond())));
    command.addAll(List.of("-no-CApath", "-no-CAstore", "-CAfile", roots.toString()));
    command.addAll(List.of("-untrusted", rest.toString()));
    command.addAll(Arrays.asList(more));
    command.add(leaf.toString());
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return output.strip();
  }

  static List<X509Certificate> issue(LocalCa ca, KeyPair keys, String... names)
      throws IssuerException, IOException {
    Issuance work = Issuance.builder("spec", List.of(names), keys).build();
    return ((Progress.Issued) ca.advance(work)).chain();
  }

  private String entryText() {
    return new String(
        storage.read(AuthorityStore.KEY).orElseThrow().value(), StandardCharsets.UTF_8);
  }

  private void overwrite(String text) throws IOException {
    Version version = storage.read(AuthorityStore.KEY).map(Entry::version).orElseThrow();
    storage.write(AuthorityStore.KEY, text.getBytes(StandardCharsets.UTF_8), version);
  }

  private static void validate(List<X509Certificate> chain, List<X509Certificate> roots, Instant at)
      throws GeneralSecurityException {
    PKIXParameters parameters =
        new PKIXParameters(
            roots.stream().map(root -> new TrustAnchor(root, null)).collect(Collectors.toSet()));
    parameters.setRevocationEnabled(false);
    parameters.setDate(Date.from(at));
    // As clients do: once a certificate has the name and key of a root, that root is enough.
    List<X509Certificate> path =
        chain.stream()
            .takeWhile(
                certificate ->
                    roots.stream()
                        .noneMatch(
                            root ->
                                root.getSubjectX500Principal()
                                        .equals(certificate.getSubjectX500Principal())
                                    && root.getPublicKey().equals(certificate.getPublicKey())))
            .toList();
    CertPathValidator.getInstance("PKIX")
        .validate(CertificateFactory.getInstance("X.509").generateCertPath(path), parameters);
  }
}
