package io.autotls;

/** What a node of a cluster does: {@code autotls.role}. */
public enum Role {
  /** Serves, and issues whatever no other node is working on. The default. */
  AUTO("auto"),
  /**
   * Serves what others obtain, and answers the CA's questions for them. It writes nothing: no
   * record, no account, no lease; it needs neither solver nor terms of service, and may have
   * read-only access to the storage.
   */
  FOLLOWER("follower");

  private final String configName;

  Role(String configName) {
    this.configName = configName;
  }

  /** The name in the configuration, for example {@code follower}. */
  public String configName() {
    return configName;
  }

  /**
   * The role of that name, in any case.
   *
   * @throws IllegalArgumentException if there is none; the message lists those that exist
   */
  public static Role ofConfigName(String name) {
    for (Role role : values()) {
      if (role.configName.equalsIgnoreCase(name.strip())) {
        return role;
      }
    }
    throw new IllegalArgumentException("unknown role \"" + name + "\"; known are auto, follower");
  }
}
