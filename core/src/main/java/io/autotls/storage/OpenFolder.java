package io.autotls.storage;

/**
 * What {@link FileStorage} does with a folder in which other users can put files of theirs in the
 * place of its own. As a setting: {@code autotls.storage.open-folder}.
 */
public enum OpenFolder {
  /**
   * Reads and writes nothing there, as {@code sshd} does with its {@code StrictModes}. The default.
   */
  REFUSE,
  /**
   * Warns once. For volumes whose modes nobody can change, when nobody else can reach them: some
   * provisioners of Kubernetes make folders that everybody may write.
   */
  WARN
}
