package com.example.autotls;

import io.autotls.spi.ChallengeSolver;
import io.autotls.spi.Setting;
import io.autotls.spi.SolverFactory;
import io.autotls.spi.SpiContext;
import java.net.InetSocketAddress;
import java.util.List;

/** Answers HTTP-01 with the server of the JDK. */
public final class PlainHttpSolverFactory implements SolverFactory {
  private static final Setting<String> ADDRESS =
      Setting.text("autotls.challenge.plain.address")
          .meaning("the address on which challenges are answered")
          .example("127.0.0.1")
          .defaultsTo("0.0.0.0");

  private static final Setting<Integer> BACKLOG =
      Setting.integer("autotls.challenge.plain.backlog", 1, 1000)
          .meaning("how many connections may wait to be accepted")
          .defaultsTo("50");

  /** For {@link java.util.ServiceLoader}. */
  public PlainHttpSolverFactory() {}

  @Override
  public String type() {
    return PlainHttpSolver.TYPE;
  }

  @Override
  public int order() {
    return 15;
  }

  @Override
  public List<Setting<?>> settings() {
    return List.of(ADDRESS, BACKLOG);
  }

  @Override
  public ChallengeSolver create(SpiContext context) {
    return new PlainHttpSolver(
        new InetSocketAddress(context.setting(ADDRESS), context.httpPort()),
        context.setting(BACKLOG));
  }
}
