package io.autotls.internal.issuance;

import io.autotls.internal.events.EventDispatcher;
import io.autotls.spi.Storage;
import io.autotls.spi.TimeSource;
import java.security.SecureRandom;

/**
 * What all parts of one node work with.
 *
 * @param events where everybody tells what happened
 * @param shutdown whether failures mean anything: what fails because this node stops does not
 */
public record NodeServices(
    Storage storage,
    TimeSource time,
    SecureRandom random,
    EventDispatcher events,
    Shutdown shutdown) {}
