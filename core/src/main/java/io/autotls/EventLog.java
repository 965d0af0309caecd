package io.autotls;

import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes every event to the log, once, in words that help at three in the morning. */
final class EventLog implements Consumer<AutoTlsEvent> {
  private static final Logger log = LoggerFactory.getLogger(AutoTls.class);

  @Override
  public void accept(AutoTlsEvent event) {
    if (event instanceof AutoTlsEvent.Issued issued) {
      log.info(
          "{}: new certificate from {}, in service now, valid until {}",
          issued.spec(),
          issued.issuer(),
          issued.notAfter());
    } else if (event instanceof AutoTlsEvent.Loaded loaded) {
      log.info(
          "{}: stored certificate in service, valid until {}", loaded.spec(), loaded.notAfter());
    } else if (event instanceof AutoTlsEvent.Blocked blocked) {
      log.info("{}: nothing can be ordered yet: {}", blocked.spec(), blocked.reason());
    } else if (event instanceof AutoTlsEvent.Failed failed) {
      log.warn("{}: {}", failed.spec(), failed.problem());
    }
  }
}
