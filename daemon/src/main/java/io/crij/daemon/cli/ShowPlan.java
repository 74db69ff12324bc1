package io.crij.daemon.cli;

import io.crij.core.CriException;
import io.crij.helper.plan.LaunchPlan;
import io.crij.helper.plan.PlanPrinter;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** {@code crij plan ID}: one line for each operation, from the file that the pod's monitor executes. Needs no daemon. */
final class ShowPlan {
  private static final String PREFIX = "plan-";

  private ShowPlan() {}

  static int run(Path runFolder, String id) {
    try {
      List<Path> plans = find(runFolder.resolve("p"), id);
      if (plans.size() != 1) {
        System.err.println(
            plans.isEmpty()
                ? "No living pod below " + runFolder + " has a container with an id that begins with '" + id + "'."
                : plans.size() + " containers have ids that begin with '" + id + "': give more of it.");
        return 1;
      }
      // Values of the environment are often secrets; they are in the container's config for who needs them.
      System.out.print(PlanPrinter.print(LaunchPlan.decode(Files.readAllBytes(plans.getFirst())), false));
      return 0;
    } catch (IOException | CriException e) {
      System.err.println("The plan of '" + id + "' cannot be read: " + e.getMessage());
      return 1;
    }
  }

  private static List<Path> find(Path pods, String id) throws IOException {
    List<Path> found = new ArrayList<>();
    if (!id.matches("[0-9a-f]{1,64}") || !Files.isDirectory(pods)) {
      return found;
    }
    try (DirectoryStream<Path> folders = Files.newDirectoryStream(pods)) {
      for (Path folder : folders) {
        try (DirectoryStream<Path> plans = Files.newDirectoryStream(folder, PREFIX + id + "*")) {
          plans.forEach(found::add);
        }
      }
    }
    return found;
  }
}
