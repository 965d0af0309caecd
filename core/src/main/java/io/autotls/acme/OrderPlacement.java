package io.autotls.acme;

import java.util.List;
import java.util.Locale;

/**
 * Places an order, and drops wishes that the CA turns out not to grant: which certificate is
 * replaced (once), and profiles that are only preferred. What is required stays.
 */
final class OrderPlacement {
  private static final int FAULTS_THAT_MAY_PASS = 1;

  private final AcmeAccount account;

  OrderPlacement(AcmeAccount account) {
    this.account = account;
  }

  /**
   * Places the order.
   *
   * @param failures how often in a row that has failed before
   */
  Order place(OrderRequest request, int failures) throws AcmeException {
    try {
      return placeWithBestProfile(request);
    } catch (AcmeProblemException | AcmeServerException e) {
      if (request.replaces().isEmpty() || !(isRefusal(e) || isFault(e, failures))) {
        throw e;
      }
      // CAs refuse "replaces" in at least five ways: 409 alreadyReplaced, 404 malformed for the
      // certificate of another CA, unauthorized for that of another account, malformed without a
      // common name, and anything at all where it is not understood. The order itself may be fine.
      return placeWithBestProfile(request.toBuilder().replacesNothing().build());
    }
  }

  private Order placeWithBestProfile(OrderRequest request) throws AcmeException {
    if (request.preferredProfiles().isEmpty()) {
      return account.newOrder(request);
    }
    List<String> offered = account.offeredProfiles(request.preferredProfiles());
    for (String profile : offered) {
      try {
        return account.newOrder(request.toBuilder().profile(profile).build());
      } catch (AcmeProblemException e) {
        if (!isRefusalOfProfile(e)) {
          throw e;
        }
      }
    }
    return account.newOrder(request.toBuilder().anyProfile().build());
  }

  private static boolean isRefusal(AcmeException e) {
    if (e instanceof AcmeProblemException refusal) {
      return isRefusal(refusal.status()) && refusal.type() != ProblemType.ACCOUNT_DOES_NOT_EXIST;
    }
    return e instanceof AcmeServerException fault
        && (isRefusal(fault.status()) || isAboutPredecessor(fault));
  }

  /**
   * Whether a fault of the CA may be due to the predecessor, in whatever words: it stays although
   * the CA was given time. A fault that passes keeps its {@code replaces}, which limits go by.
   */
  private static boolean isFault(AcmeException e, int failures) {
    return e instanceof AcmeServerException fault
        && fault.status() == 500
        && failures >= FAULTS_THAT_MAY_PASS;
  }

  /**
   * Pebble: 500 serverInternal, "could not find an order for the given certificate". It does not
   * pass by itself, unlike other faults of a CA, whose order keeps its {@code replaces}.
   */
  private static boolean isAboutPredecessor(AcmeServerException fault) {
    return fault.status() == 500
        && fault
            .problem()
            .filter(problem -> problem.detail().toLowerCase(Locale.ROOT).contains("certificate"))
            .isPresent();
  }

  private static boolean isRefusal(int status) {
    return status >= 400 && status < 500;
  }

  /** Let's Encrypt says unauthorized if the account may not have it; Pebble once said malformed. */
  private static boolean isRefusalOfProfile(AcmeProblemException e) {
    return switch (e.type()) {
      case INVALID_PROFILE, UNAUTHORIZED, MALFORMED -> true;
      default -> false;
    };
  }
}
