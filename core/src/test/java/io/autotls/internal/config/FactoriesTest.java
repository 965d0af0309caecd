package io.autotls.internal.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autotls.ConfigurationException;
import io.autotls.spi.Setting;
import io.autotls.spi.SpiContext;
import io.autotls.spi.Storage;
import io.autotls.spi.StorageFactory;
import io.autotls.storage.MemoryStorage;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** Settings of plug-ins: declared, misspelt, missing, wrong, secret, and set in vain. */
class FactoriesTest {
  private static final Setting<String> TOKEN =
      Setting.text("autotls.storage.acme.token")
          .meaning("what `acme` lets one in by")
          .example("${file:/run/secrets/acme}")
          .secret()
          .required();
  private static final Setting<Integer> RETRIES =
      Setting.integer("autotls.storage.acme.retries", 0, 9)
          .meaning("how often it is asked again")
          .defaultsTo("3");

  private final Map<String, String> properties = new HashMap<>();
  private final List<Object> read = new ArrayList<>();

  private Function<SpiContext, Storage> creation =
      context -> {
        read.add(context.setting(TOKEN));
        read.add(context.setting(RETRIES));
        return MemoryStorage.create();
      };

  private final class Acme implements StorageFactory {
    private final List<Setting<?>> settings;

    private Acme(Setting<?>... settings) {
      this.settings = Arrays.asList(settings);
    }

    @Override
    public String scheme() {
      return "acme";
    }

    @Override
    public List<Setting<?>> settings() {
      return settings;
    }

    @Override
    public Storage create(String location, SpiContext context) {
      return creation.apply(context);
    }
  }

  private Factories factories() {
    return factories(new Acme(TOKEN, RETRIES));
  }

  private Factories factories(StorageFactory... storages) {
    return Sample.of(InstalledPlugIns.of(List.of(storages), List.of(), List.of()), properties);
  }

  private Storage make() {
    properties.put("autotls.storage", "acme:");
    return new StorageChoice(factories()).make('/');
  }

  @Test
  void aPlugInReadsWhatItDeclares() {
    properties.put("autotls.storage.acme.token", "s3cret");

    make();

    assertThat(read).containsExactly("s3cret", 3);
  }

  @Test
  void aTypingErrorGetsTheNearestNameOfAnyPlugIn() {
    properties.put("autotls.storage.acme.tokn", "s3cret");

    assertThatThrownBy(this::factories)
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("the system property autotls.storage.acme.tokn")
        .hasMessageContaining("did you mean autotls.storage.acme.token?")
        .hasMessageNotContaining("s3cret");
  }

  @Test
  void whatIsMissingIsNamedWithItsMeaningAndAnExample() {
    assertThatThrownBy(this::make)
        .isInstanceOf(ConfigurationException.class)
        .hasMessage(
            "autotls.storage.acme.token is not set, and has to be: what `acme` lets one in by. Set"
                + " autotls.storage.acme.token=${file:/run/secrets/acme} in autotls.properties or"
                + " as a system property, or the environment variable AUTOTLS_STORAGE_ACME_TOKEN.");
  }

  @Test
  void whatIsWrongIsNamedWithWhereItWasSet() {
    properties.put("autotls.storage.acme.token", "s3cret");
    properties.put("autotls.storage.acme.retries", "often");

    assertThatThrownBy(this::make)
        .isInstanceOf(ConfigurationException.class)
        .hasMessage(
            "autotls.storage.acme.retries (set by the system property"
                + " autotls.storage.acme.retries) is wrong: it is a number from 0 to 9.");
  }

  @Test
  void whatAPlugInDoesNotDeclareItDoesNotGet() {
    properties.put("autotls.storage", "acme:");
    creation =
        context -> {
          context.setting(OwnSettings.EAB_KEY);
          return MemoryStorage.create();
        };

    assertThatThrownBy(this::make)
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("asks for autotls.eab.key, which its settings() does not declare");
  }

  @Test
  void aPlugInTakesNoNameOfAutoTlsNorOneThatLooksTheSameInTheEnvironment() {
    Setting<?> ours = Setting.text("autotls.email").meaning("m").optional();
    Setting<?> twin = Setting.text("autotls.http-port").meaning("m").optional();
    Setting<?> other = Setting.text("autotls.storage.acme-token").meaning("m").optional();

    for (Setting<?> taken : List.of(ours, twin, other)) {
      assertThatThrownBy(() -> factories(new Acme(TOKEN, taken)))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining(taken.name())
          .hasMessageContaining("the storage acme: (" + Acme.class.getName() + ")");
    }
  }

  @Test
  void twoPlugInsMayShareASettingAndASecretStaysOne() {
    Setting<?> open = Setting.text(TOKEN.name()).meaning("m").optional();

    Declarations declarations =
        InstalledPlugIns.of(List.of(new Acme(TOKEN), new Acme(open)), List.of(), List.of())
            .declarations();

    assertThat(declarations.named(TOKEN.name())).get().matches(Setting::isSecret);
  }

  @Test
  void aSettingOfAPlugInThatIsNotUsedIsAHint() {
    properties.put("autotls.storage.acme.token", "s3cret");

    assertThat(factories().withoutEffect())
        .containsExactly(
            "autotls.storage.acme.token (set by the system property autotls.storage.acme.token)"
                + " has no effect: it belongs to the storage acme:, which is not used. To do: set"
                + " autotls.storage=acme:…, or remove it.");
  }

  @Test
  void soIsOneThatThePlugInHasNoUseFor() {
    properties.put("autotls.storage", "acme:");
    properties.put("autotls.storage.acme.token", "s3cret");
    properties.put("autotls.storage.acme.retries", "4");
    creation =
        context -> {
          context.setting(TOKEN);
          return MemoryStorage.create();
        };
    Factories factories = factories();

    new StorageChoice(factories).make('/');

    assertThat(factories.withoutEffect())
        .singleElement()
        .asString()
        .startsWith("autotls.storage.acme.retries (set by")
        .contains("which does not look at it as it is configured");
  }

  @Test
  void whatAPlugInThrowsTellsNoSecret() {
    properties.put("autotls.storage.acme.token", "s3cret");
    creation =
        context -> {
          String url = "https://acme.example/?token=" + context.setting(TOKEN);
          throw new IllegalStateException("GET " + url, new IllegalArgumentException(url));
        };

    assertThatThrownBy(this::make)
        .hasMessageContaining(
            "IllegalStateException: GET https://acme.example/?token=(autotls.storage.acme.token)")
        .satisfies(e -> assertThat(stackTrace(e)).doesNotContain("s3cret"));
  }

  @Test
  void whatAPlugInRefusesIsToldInItsWordsAndTellsNoSecret() {
    properties.put("autotls.storage.acme.token", "s3cret");
    creation =
        context -> {
          throw new IllegalArgumentException("no room for " + context.setting(TOKEN));
        };

    assertThatThrownBy(this::make)
        .isInstanceOf(ConfigurationException.class)
        .hasMessage("autotls.storage: no room for (autotls.storage.acme.token).")
        .satisfies(e -> assertThat(stackTrace(e)).doesNotContain("s3cret"));
  }

  @Test
  void whatWasMadeInVainIsClosed() {
    properties.put("autotls.storage.acme.token", "s3cret");
    properties.put("autotls.storage", "acme:");
    Factories factories = factories();
    List<String> closed = new ArrayList<>();
    PlugIn<StorageFactory> plugIn = factories.installed().storages().get(0);
    factories.<StorageFactory, AutoCloseable>create(
        plugIn, (factory, context) -> () -> closed.add("first"));
    factories.<StorageFactory, AutoCloseable>create(
        plugIn,
        (factory, context) ->
            () -> {
              closed.add("second");
              throw new IllegalStateException("not now");
            });
    ConfigurationException failure = new ConfigurationException("later");

    factories.discard(failure);

    assertThat(closed).containsExactly("second", "first");
    assertThat(failure.getSuppressed()).hasSize(1);
  }

  private static String stackTrace(Throwable e) {
    StringWriter text = new StringWriter();
    e.printStackTrace(new PrintWriter(text));
    return text.toString();
  }
}
