package io.crij.container;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.crij.core.CriException;
import io.crij.core.Json;
import io.crij.helper.plan.LaunchPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What {@code crictl inspect} shows beyond the status, as one JSON object. */
final class VerboseInfo {
  private VerboseInfo() {}

  static String json(ContainerHost host, Container container) {
    ContainerRecord record = container.record();
    Map<String, @Nullable Object> info = new LinkedHashMap<>();
    info.put("sandboxID", record.sandboxId());
    info.put("state", record.life().state().name());
    info.put("removing", record.life().removing());
    info.put("pid", record.life().state() == ContainerState.RUNNING ? record.life().pid() : 0);
    info.put("startTicks", record.life().startTicks());
    Container.Wait wait = container.waitsFor();
    info.put("waitsFor", wait == null ? null : wait.what());
    info.put("waitsMillis", wait == null ? 0 : (System.nanoTime() - wait.sinceTicks()) / 1_000_000);
    info.put("cgroup", record.cgroup());
    Map<String, String> folders = new TreeMap<>();
    host.cgroups().folders(record.cgroup()).forEach((name, path) -> folders.put(name, path.toString()));
    info.put("cgroupFolders", folders);
    info.put("pidMode", record.pidMode().name());
    info.put("writableLayer", host.store().folder(container.id()).resolve("u").toString());
    info.put("planFile", record.planFile());
    info.put("plan", plan(Path.of(record.planFile())));
    try {
      return Json.OWN.writeValueAsString(info);
    } catch (JsonProcessingException e) {
      throw CriException.internal("The details of container " + container.id() + " cannot be shown: " + e.getOriginalMessage() + ".", e);
    }
  }

  /** One line for each operation, or the reason why there is none: the plan goes with the pod's run folder. */
  private static List<String> plan(Path file) {
    try {
      return LaunchPlan.decode(Files.readAllBytes(file)).operations().stream().map(Object::toString).toList();
    } catch (IOException e) {
      return List.of("not there any more: " + e.getMessage());
    } catch (CriException e) {
      return List.of(e.getMessage());
    }
  }
}
