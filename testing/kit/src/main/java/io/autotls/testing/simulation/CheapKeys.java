package io.autotls.testing.simulation;

import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyPairGeneratorSpi;
import java.security.NoSuchAlgorithmException;
import java.security.Provider;
import java.security.SecureRandom;
import java.security.Security;
import java.security.spec.AlgorithmParameterSpec;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * RSA keys that cost nothing, for simulations that make a hundred thousand of them: while this is
 * open, every {@code KeyPairGenerator} for RSA in this JVM hands out, by its random source, one of
 * a few hundred tiny keys that were made before. <b>They protect nothing.</b> A simulation does not
 * need keys that do; it needs to see that a key and its certificate belong together, which two of
 * several hundred keys do by chance rarely enough.
 *
 * <p>Only a program that is a simulation opens this, and it closes it again. AutoTls itself
 * registers no provider.
 */
public final class CheapKeys implements AutoCloseable {
  private static final String NAME = "AutoTlsCheapKeys";
  private static final int KEYS = 64;
  private static final int BITS = 512;

  private CheapKeys() {}

  /** Makes the keys, and from now on hands them out. */
  public static CheapKeys open() {
    Security.insertProviderAt(new CheapProvider(pool()), 1);
    return new CheapKeys();
  }

  /** From now on keys are what they should be. */
  @Override
  public void close() {
    Security.removeProvider(NAME);
  }

  private static List<KeyPair> pool() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
      // The same ones in every JVM: what AutoTls derives from a certificate must not differ between
      // runs of a seed.
      generator.initialize(BITS, SeededRandom.fixed());
      return Stream.generate(generator::generateKeyPair).limit(KEYS).toList();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has RSA", e);
    }
  }

  private static final class CheapProvider extends Provider {
    private static final long serialVersionUID = 1L;

    private CheapProvider(List<KeyPair> pool) {
      super(NAME, "1", "RSA keys for simulations");
      putService(
          new Service(this, "KeyPairGenerator", "RSA", Pooled.class.getName(), null, Map.of()) {
            @Override
            public Object newInstance(Object parameter) {
              return new Pooled(pool);
            }
          });
    }
  }

  /** Takes a key of the pool by random. */
  public static final class Pooled extends KeyPairGeneratorSpi {
    private final List<KeyPair> pool;
    private SecureRandom random = new SecureRandom();

    private Pooled(List<KeyPair> pool) {
      this.pool = pool;
    }

    @Override
    public void initialize(int size, SecureRandom random) {
      this.random = random;
    }

    @Override
    public void initialize(AlgorithmParameterSpec parameters, SecureRandom random) {
      this.random = random;
    }

    @Override
    public KeyPair generateKeyPair() {
      return pool.get(random.nextInt(pool.size()));
    }
  }
}
