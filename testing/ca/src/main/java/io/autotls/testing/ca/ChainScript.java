package io.autotls.testing.ca;

import io.autotls.testing.ca.internal.acme.Tampering;
import io.autotls.testing.ca.internal.pki.Pki;
import io.autotls.testing.ca.internal.pki.Tls;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import org.bouncycastle.asn1.x509.GeneralName;

/**
 * Spoils certificates when they are issued, and chains when they are sent; several at once if
 * wanted, until {@link #intact()}. See {@link TestCa#chains()}.
 *
 * <p>A client accepts a root at the end, line ends of either kind, and names that it did not ask
 * for. It must refuse a private key, another key, a missing name, and a chain that does not link.
 */
public final class ChainScript {
  private final Tampering tampering;
  private final Pki pki;
  private final InstantSource time;

  ChainScript(Tampering tampering, Pki pki, InstantSource time) {
    this.tampering = tampering;
    this.pki = pki;
    this.time = time;
  }

  /** Answers 500 at alternate chains, while the default one can be had. */
  public void refuseAlternates() {
    tampering.refuseAlternates();
  }

  /** Ends everything that a test asked for here; certificates stay as they were issued. */
  public void intact() {
    tampering.clear();
  }

  /** Sends the certificates of a chain in reverse order, the leaf at the end. */
  public void reversed() {
    tampering.addToBlocks(ChainScript::reverse);
  }

  /** Sends the root as well; allowed, if not useful. */
  public void withRoot() {
    append(made(() -> Tls.pem(pki.roots().get(0))));
  }

  /** Sends a certificate that has nothing to do with the others, at the end. */
  public void withStranger() {
    append(made(() -> Tls.pem(pki.strangeCertificate())));
  }

  /** Sends the leaf alone. */
  public void leafOnly() {
    tampering.addToBlocks(blocks -> blocks.subList(0, 1));
  }

  /** Sends a private key behind the certificates (RFC 8555 §11.4). */
  public void withPrivateKey() {
    append(made(() -> Tls.pem(pki.strangeKey().getPrivate())));
  }

  /** Sends lines that end in carriage return and line feed, and blank lines between blocks. */
  public void withCrLf() {
    tampering.addToTexts(
        text ->
            text.replace("-----END CERTIFICATE-----\n", "-----END CERTIFICATE-----\n\n")
                .replace("\n", "\r\n"));
  }

  /** Issues for another key than that of the CSR. */
  public void issueForOtherKey() {
    tampering.addToLeaves(leaf -> leaf.withKey(made(pki::strangeKey).getPublic()));
  }

  /** Issues without this name. */
  public void issueWithoutName(String name) {
    tampering.addToLeaves(
        leaf ->
            leaf.withNames(
                leaf.names().stream().filter(n -> !n.getName().toString().equals(name)).toList()));
  }

  /** Issues with one more DNS name, as Actalis adds {@code www}. */
  public void issueWithExtraName(String name) {
    tampering.addToLeaves(
        leaf -> {
          List<GeneralName> names = new ArrayList<>(leaf.names());
          names.add(new GeneralName(GeneralName.dNSName, name));
          return leaf.withNames(names);
        });
  }

  /** Issues certificates which expired an hour ago. */
  public void issueExpired() {
    tampering.addToLeaves(
        leaf -> {
          Instant end = time.instant().minus(Duration.ofHours(1));
          Duration lifetime = Duration.between(leaf.notBefore(), leaf.notAfter());
          return leaf.withValidity(end.minus(lifetime), end);
        });
  }

  /** Issues certificates which will begin only after this time. */
  public void issueAhead(Duration ahead) {
    tampering.addToLeaves(
        leaf -> leaf.withValidity(time.instant().plus(ahead), leaf.notAfter().plus(ahead)));
  }

  private void append(String block) {
    tampering.addToBlocks(
        blocks -> {
          List<String> more = new ArrayList<>(blocks);
          more.add(block);
          return more;
        });
  }

  private static List<String> reverse(List<String> blocks) {
    List<String> reversed = new ArrayList<>(blocks);
    Collections.reverse(reversed);
    return reversed;
  }

  private static <T> T made(Callable<T> maker) {
    try {
      return maker.call();
    } catch (Exception e) {
      throw new IllegalStateException("this JVM lacks what a CA needs", e);
    }
  }
}
