package io.autotls.testing.docs;

import io.autotls.internal.config.InstalledPlugIns;
import io.autotls.internal.config.OwnSettings;
import io.autotls.internal.config.PlugIn;
import io.autotls.spi.Setting;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The tables of settings, made from the declarations of all that is on the class path. */
final class SettingsTables {
  private final List<PlugIn<?>> plugIns =
      InstalledPlugIns.find().all().stream()
          .filter(plugIn -> !plugIn.settings().isEmpty())
          .toList();

  List<Setting<?>> all() {
    List<Setting<?>> all = new ArrayList<>(OwnSettings.ALL);
    plugIns.forEach(plugIn -> all.addAll(plugIn.settings()));
    return all;
  }

  /** One table, for those who look for a key. */
  String shortTable() {
    return table(
        all(),
        List.of("key", "meaning", "default"),
        setting -> Stream.of(code(setting.name()), setting.meaning(), defaultOrRequired(setting)));
  }

  /** A section for AutoTls and one for each plug-in, with all that is declared. */
  String longTables() {
    return "## AutoTls\n\n"
        + longTable(OwnSettings.ALL)
        + plugIns.stream()
            .map(
                plugIn ->
                    "\n## "
                        + Character.toUpperCase(plugIn.title().charAt(0))
                        + plugIn.title().substring(1)
                        + "\n\nWith "
                        + code(plugIn.choice())
                        + ".\n\n"
                        + longTable(plugIn.settings()))
            .collect(Collectors.joining());
  }

  private static String longTable(List<Setting<?>> settings) {
    return table(
        settings,
        List.of("key", "environment variable", "meaning", "default", "example"),
        setting ->
            Stream.of(
                code(setting.name()),
                code(setting.environmentName()),
                setting.meaning() + (setting.isSecret() ? ". **Secret**" : ""),
                defaultOrRequired(setting),
                setting.example().map(SettingsTables::code).orElse("–")));
  }

  private static String table(
      List<Setting<?>> settings, List<String> columns, Function<Setting<?>, Stream<String>> cells) {
    StringBuilder table = new StringBuilder(row(columns.stream()));
    table.append("|---".repeat(columns.size())).append("|\n");
    settings.forEach(setting -> table.append(row(cells.apply(setting))));
    return table.toString();
  }

  private static String row(Stream<String> cells) {
    return cells
        .map(cell -> cell.replace("|", "\\|"))
        .collect(Collectors.joining(" | ", "| ", " |\n"));
  }

  private static String defaultOrRequired(Setting<?> setting) {
    return setting.isRequired()
        ? "required"
        : setting.defaultText().map(SettingsTables::code).orElse("–");
  }

  private static String code(String text) {
    return "`" + text + "`";
  }
}
