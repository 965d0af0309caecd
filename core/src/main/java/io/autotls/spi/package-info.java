/**
 * What plug-ins implement: {@link io.autotls.spi.Storage} for a place to keep certificates, {@link
 * io.autotls.spi.ChallengeSolver} for a way to answer challenges, {@link io.autotls.spi.Issuer} for
 * somebody who signs, and the factories by which the configuration finds them by name: {@link
 * io.autotls.spi.StorageFactory}, {@link io.autotls.spi.SolverFactory}, {@link
 * io.autotls.spi.IssuerFactory}. A factory declares its settings, each a {@link
 * io.autotls.spi.Setting}.
 *
 * <p>Applications do not need this package: they begin with {@link io.autotls.AutoTls}.
 */
@NullMarked
package io.autotls.spi;

import org.jspecify.annotations.NullMarked;
