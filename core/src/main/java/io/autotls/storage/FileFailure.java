package io.autotls.storage;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;

/** Something went wrong with a file; the message says with which, and what to do. */
final class FileFailure extends IOException {
  private static final long serialVersionUID = 1L;

  FileFailure(String problem, String remedy) {
    super(problem + ". To do: " + remedy);
  }

  private FileFailure(String problem, String remedy, IOException cause) {
    super(problem + ". To do: " + remedy, cause);
  }

  /** Makes a message for what the operating system said. */
  static IOException of(IOException e, String doing, Path path, Path root) {
    if (e instanceof FileFailure) {
      return e; // it has its words already
    }
    String problem = "cannot " + doing + " " + path + ": ";
    if (e instanceof ClosedByInterruptException) {
      return new FileFailure(
          problem + "the thread was interrupted", "read before writing again", e);
    }
    if (e instanceof AccessDeniedException) {
      return new FileFailure(
          problem + "it is not accessible to user " + System.getProperty("user.name"),
          "chown or chmod " + root + ", or set autotls.storage to a folder of this user",
          e);
    }
    return new FileFailure(
        problem + reason(e),
        "see to the disk that holds " + root + ", or set autotls.storage to another folder",
        e);
  }

  private static String reason(IOException e) {
    if (e instanceof NoSuchFileException) {
      return "there is no such file or folder";
    } else if (e instanceof FileAlreadyExistsException) {
      return "something is there already";
    } else if (e instanceof NotDirectoryException) {
      return "it is no folder";
    }
    String reason = e instanceof FileSystemException f ? f.getReason() : e.getMessage();
    return reason == null ? e.getClass().getSimpleName() : reason;
  }
}
