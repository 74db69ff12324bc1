package io.crij.daemon.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.crij.cri.AuthConfig;
import io.crij.cri.ExecSyncRequest;
import io.crij.cri.ImageSpec;
import io.crij.cri.PodSandboxConfig;
import io.crij.cri.PodSandboxMetadata;
import io.crij.cri.PullImageRequest;
import io.crij.cri.RunPodSandboxRequest;
import org.junit.jupiter.api.Test;

class SubjectTest {
  @Test
  void credentialsOfAPullAreNotPartOfTheLine() {
    PullImageRequest request =
        PullImageRequest.newBuilder()
            .setImage(ImageSpec.newBuilder().setImage("registry.example/app:1"))
            .setAuth(AuthConfig.newBuilder().setUsername("user").setPassword("hunter2").setAuth("dXNlcg=="))
            .build();
    assertThat(Subject.of(request).words()).isEqualTo(" image=registry.example/app:1");
  }

  @Test
  void aPodWithoutAnIdIsNamed() {
    PodSandboxMetadata metadata = PodSandboxMetadata.newBuilder().setNamespace("shop").setName("web").build();
    RunPodSandboxRequest request =
        RunPodSandboxRequest.newBuilder().setConfig(PodSandboxConfig.newBuilder().setMetadata(metadata)).build();
    assertThat(Subject.of(request).words()).isEqualTo(" pod=shop/web");
  }

  @Test
  void aHostileIdCannotStartALineOfItsOwn() {
    assertThat(Subject.of(ExecSyncRequest.newBuilder().setContainerId("a\nERROR forged").build()).words())
        .isEqualTo(" container=a?ERROR forged");
  }
}
