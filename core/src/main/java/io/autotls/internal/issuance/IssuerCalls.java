package io.autotls.internal.issuance;

import io.autotls.AutoTlsEvent;
import io.autotls.CertificateSpec;
import io.autotls.internal.cluster.CircuitBreakers;
import io.autotls.internal.events.EventDispatcher;
import io.autotls.internal.events.Messages;
import io.autotls.spi.ConflictException;
import io.autotls.spi.Issuance;
import io.autotls.spi.Issuer;
import io.autotls.spi.IssuerException;
import io.autotls.spi.LeaseLostException;
import io.autotls.spi.Progress;
import io.autotls.spi.Progress.Asks;
import io.autotls.spi.TimeSource;
import java.io.IOException;
import java.util.function.Consumer;

/**
 * Asks an issuer to take a step, and notes how it is: what is wrong with one name says nothing
 * about it.
 */
public final class IssuerCalls {
  private final NodeServices node;
  private final CircuitBreakers breakers;
  private final Consumer<String> stateChanged;
  private final TimeSource time;
  private final EventDispatcher events;

  /**
   * Creates it.
   *
   * @param stateChanged called with an issuer that turned out to be unwell, or well again
   */
  public IssuerCalls(NodeServices node, CircuitBreakers breakers, Consumer<String> stateChanged) {
    this.node = node;
    this.breakers = breakers;
    this.stateChanged = stateChanged;
    this.time = node.time();
    this.events = node.events();
  }

  IssuerException unwell(Issuer issuer) {
    String what = breakers.trouble(issuer.id()).orElse("it has not answered for a while.");
    return new IssuerException(
        IssuerException.Reaction.RETRY_STEP, what, "nothing, if it passes.", null);
  }

  /** Asks the issuer, and notes how it is: what is wrong with one name says nothing about it. */
  Progress take(Issuer issuer, Issuance issuance, CertificateSpec spec, Asks asks)
      throws IssuerException, IOException {
    try {
      Progress progress = issuer.advance(issuance);
      if (progress instanceof Progress.Issued
          || asks == Asks.ISSUER && isRemote(issuance, progress)) {
        answered(issuer, spec);
      }
      return progress;
    } catch (IssuerException e) {
      if (asks == Asks.ISSUER) {
        note(issuer, spec, issuance, e);
      }
      throw e;
    } catch (ConflictException | LeaseLostException e) {
      throw e;
    } catch (IOException e) {
      throw new IssuerException(
          IssuerException.Reaction.RETRY_STEP,
          "the step could not be taken: " + Messages.failure(e),
          "see the message.",
          e);
    }
  }

  /** The first step may be one that asks nobody: it only looks whether all is ready. */
  private static boolean isRemote(Issuance issuance, Progress progress) {
    return progress instanceof Progress.Continue && !issuance.state().isEmpty();
  }

  private void note(
      Issuer issuer, CertificateSpec spec, Issuance issuance, IssuerException failure) {
    if (node.shutdown().isBegun()) {
      return; // it is this node that is unwell
    }
    if (failure.reaction() != IssuerException.Reaction.RETRY_STEP) {
      // To wait may be what our own ledger says; everything else comes from the issuer.
      if (failure.reaction() != IssuerException.Reaction.WAIT && !issuance.state().isEmpty()) {
        answered(issuer, spec);
      }
      return;
    }
    String what = String.valueOf(failure.getMessage());
    if (breakers.unwell(issuer.id(), spec.id(), failure.retryAfter(), what)) {
      events.tell(new AutoTlsEvent.IssuerDown(time.instant(), spec, issuer.displayName(), what));
    }
    stateChanged.accept(issuer.id());
  }

  private void answered(Issuer issuer, CertificateSpec spec) {
    CircuitBreakers.Was before = breakers.answered(issuer.id());
    if (before == CircuitBreakers.Was.DOWN) {
      events.tell(new AutoTlsEvent.IssuerBack(time.instant(), spec, issuer.displayName()));
    }
    if (before != CircuitBreakers.Was.WELL) {
      stateChanged.accept(issuer.id());
    }
  }
}
