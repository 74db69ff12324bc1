package io.crij.daemon.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.DescriptorProtos.ServiceDescriptorProto;
import com.google.protobuf.MessageLite;
import io.crij.cri.AuthConfig;
import io.crij.cri.ExecSyncRequest;
import io.crij.cri.ImageSpec;
import io.crij.cri.PodSandboxConfig;
import io.crij.cri.PodSandboxMetadata;
import io.crij.cri.PullImageRequest;
import io.crij.cri.RunPodSandboxRequest;
import io.crij.cri.RuntimeServiceGrpc;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.util.Set;
import java.util.TreeSet;
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

  /** By the descriptors: a call that comes to have an id must not be without it in the log. */
  @Test
  void eachCallThatNamesAPodOrAContainerIsAboutIt() throws Exception {
    FileDescriptorProto file;
    try (InputStream in = RuntimeServiceGrpc.class.getResourceAsStream("cri.desc")) {
      file = FileDescriptorSet.parseFrom(in).getFile(0);
    }
    Set<String> messages = new TreeSet<>();
    for (ServiceDescriptorProto service : file.getServiceList()) {
      service.getMethodList().forEach(method -> messages.add(method.getInputType()));
      service.getMethodList().stream().filter(method -> !method.getServerStreaming()).forEach(method -> messages.add(method.getOutputType()));
    }
    int named = 0;
    for (DescriptorProto type : file.getMessageTypeList()) {
      for (FieldDescriptorProto field : type.getFieldList()) {
        if (messages.contains(".runtime.v1." + type.getName()) && Set.of("pod_sandbox_id", "container_id").contains(field.getName())) {
          Subject subject = Subject.of(withText(type.getName(), field.getNumber()));
          assertThat(field.getName().equals("container_id") ? subject.container() : subject.pod()).as(type.getName()).isEqualTo("abc");
          named++;
        }
      }
    }
    assertThat(named).isGreaterThan(20);
  }

  private static MessageLite withText(String type, int field) throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    out.writeString(field, "abc");
    out.flush();
    Class<?> message = Class.forName("io.crij.cri." + type);
    return (MessageLite) message.getMethod("parseFrom", byte[].class).invoke(null, bytes.toByteArray());
  }
}
