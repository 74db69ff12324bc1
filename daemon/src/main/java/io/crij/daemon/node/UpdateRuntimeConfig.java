package io.crij.daemon.node;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.crij.core.CriException;
import io.crij.core.Json;
import io.crij.cri.UpdateRuntimeConfigRequest;
import io.crij.cri.UpdateRuntimeConfigResponse;
import io.crij.daemon.config.Config;
import io.crij.netns.PodNetwork;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the node's pod addresses from kubelet. With a template the pods' network is made of them, unless somebody else has
 * configured one; without a template the CNI configuration alone says which addresses pods get.
 */
public final class UpdateRuntimeConfig {
  private static final Logger LOG = LoggerFactory.getLogger(UpdateRuntimeConfig.class);

  /** Ours in the configuration folder. */
  static final String FILE = "10-crij.conflist";

  private final Path folder;
  private final @Nullable Path template;
  private final PodNetwork network;

  public UpdateRuntimeConfig(Config.Cni cni, PodNetwork network) {
    this.folder = cni.confDir();
    this.template = cni.confTemplate();
    this.network = network;
  }

  /**
   * May be called any number of times.
   *
   * @throws CriException INVALID_ARGUMENT for what is no address range; FAILED_PRECONDITION if the template cannot be used
   */
  public synchronized UpdateRuntimeConfigResponse run(UpdateRuntimeConfigRequest request) {
    String podCidr = request.getRuntimeConfig().getNetworkConfig().getPodCidr();
    if (!podCidr.isEmpty()) {
      PodCidrs cidrs = PodCidrs.parse(podCidr);
      if (template != null) {
        write(template, cidrs);
      }
    }
    return UpdateRuntimeConfigResponse.getDefaultInstance();
  }

  private void write(Path source, PodCidrs cidrs) {
    Path file = folder.resolve(FILE);
    try {
      if (!Files.exists(file) && network.status().ready()) {
        LOG.debug("The pods' network is configured already; {} is not used", source);
        return;
      }
      String filled = CniTemplate.fill(Files.readString(source), cidrs);
      Json.OWN.readTree(filled);
      if (Files.exists(file) && Files.readString(file).equals(filled)) {
        return;
      }
      Files.createDirectories(folder);
      Path next = folder.resolve("." + FILE + ".tmp");
      Files.write(next, filled.getBytes(StandardCharsets.UTF_8));
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      LOG.info("The pods' network for {} was written to {}", cidrs.ranges(), file);
    } catch (CniTemplate.TemplateException e) {
      throw unusable(source, e.getMessage(), e);
    } catch (JsonProcessingException e) {
      throw unusable(source, "filled in it is not JSON: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw CriException.precondition(
          "The pods' network cannot be written to " + file + " from the template " + source + ": " + e.getMessage() + ".");
    }
  }

  private static CriException unusable(Path source, @Nullable String why, Exception cause) {
    return new CriException(
        io.crij.core.ErrorCode.FAILED_PRECONDITION,
        "The template " + source + " (cni.conf_template) for the pods' network cannot be used: " + why + ".",
        cause);
  }
}
