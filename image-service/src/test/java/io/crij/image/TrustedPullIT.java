package io.crij.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crij.cri.ImageSpec;
import io.crij.cri.PodSandboxConfig;
import io.crij.cri.PodSandboxMetadata;
import io.crij.cri.PullImageRequest;
import io.crij.image.content.Digest;
import io.crij.image.trust.TrustSettings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Policies from the pull to the container: what is kept out leaves nothing on the disk. Needs root. */
class TrustedPullIT {
  @TempDir Path scratch;
  private FakeRegistry registry;
  private ImageStore store;
  private KeyPair key;

  @BeforeEach
  void open() throws Exception {
    registry = new FakeRegistry();
    key = KeyPairGenerator.getInstance("EC").generateKeyPair();
    TrustSettings trust = new TrustSettings(scratch.resolve("policy.json"), scratch.resolve("policies"));
    store = ImageStore.open(scratch.resolve("images"), ImageSettings.defaults().withTrust(trust));
    String pem = "-----BEGIN PUBLIC KEY-----\n" + Base64.getMimeEncoder().encodeToString(key.getPublic().getEncoded()) + "\n-----END PUBLIC KEY-----\n";
    Files.writeString(scratch.resolve("key.pub"), pem);
  }

  @AfterEach
  void close() {
    registry.close();
  }

  private void policy(Path file) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(
        file,
        "{\"default\": [{\"type\": \"reject\"}], \"transports\": {\"docker\": {\"" + registry.host() + "/team\": [{\"type\": \"sigstoreSigned\", \"keyPath\": \""
            + scratch.resolve("key.pub") + "\", \"signedIdentity\": {\"type\": \"matchRepository\"}}]}}}");
  }

  private void sign(Digest manifest) throws Exception {
    byte[] payload =
        ("{\"critical\":{\"identity\":{\"docker-reference\":\"" + registry.host() + "/team/app\"},\"image\":{\"docker-manifest-digest\":\"" + manifest
                + "\"},\"type\":\"cosign container image signature\"}}")
            .getBytes(StandardCharsets.UTF_8);
    Signature signer = Signature.getInstance("SHA256withECDSA");
    signer.initSign(key.getPrivate());
    signer.update(payload);
    registry.blob("team/app", payload);
    String layers =
        "{\"layers\":[{\"mediaType\":\"application/vnd.dev.cosign.simplesigning.v1+json\",\"size\":" + payload.length + ",\"digest\":\"" + Digest.of(payload)
            + "\",\"annotations\":{\"dev.cosignproject.cosign/signature\":\"" + Base64.getEncoder().encodeToString(signer.sign()) + "\"}}]}";
    registry.manifest("team/app", "sha256-" + manifest.hex() + ".sig", Manifests.OCI_MANIFEST, layers.getBytes(StandardCharsets.UTF_8));
  }

  private String pull(String namespace) {
    PodSandboxConfig pod = PodSandboxConfig.newBuilder().setMetadata(PodSandboxMetadata.newBuilder().setNamespace(namespace)).build();
    ImageSpec spec = ImageSpec.newBuilder().setImage(name()).build();
    return store.pullImage().run(PullImageRequest.newBuilder().setImage(spec).setSandboxConfig(pod).build()).getImageRef();
  }

  private String name() {
    return registry.host() + "/team/app:1";
  }

  @Test
  void anImageComesWithItsSignatureOrNotAtAll() throws Exception {
    TestImage image = new TestImage().layer(tar -> tar.file("page", "hello"));
    Digest manifest = registry.put("team/app", "1", image);
    policy(scratch.resolve("policy.json"));
    assertThatThrownBy(() -> pull("default")).hasMessageStartingWith("SignatureValidationFailed: ").hasMessageContaining("no signature");
    assertThat(registry.seen()).extracting(FakeRegistry.Seen::path).noneMatch(path -> path.contains("/blobs/"));
    try (Stream<Path> layers = Files.walk(scratch.resolve("images"))) {
      assertThat(layers.filter(path -> path.endsWith("page"))).isEmpty();
    }
    assertThat(store.images().resolve(name())).isEmpty();

    sign(manifest);
    pull("default");
    LocalImage local = store.images().resolve(name()).orElseThrow();
    registry.close();
    store.uses().checkTrust(local, "default", name());
    store.uses().checkTrust(local, "default", "");
  }

  @Test
  void aNamespaceWithAPolicyOfItsOwnIsNotServedWhatAnotherPulled() throws Exception {
    Digest manifest = registry.put("team/app", "1", new TestImage().layer(tar -> tar.file("page", "hello")));
    policy(scratch.resolve("policies/strict.json"));
    pull("free");
    LocalImage local = store.images().resolve(name()).orElseThrow();
    store.uses().checkTrust(local, "free", name());
    assertThatThrownBy(() -> store.uses().checkTrust(local, "strict", name())).hasMessageStartingWith("SignatureValidationFailed: ").hasMessageContaining("pull it again");
    assertThatThrownBy(() -> pull("strict")).hasMessageStartingWith("SignatureValidationFailed: ");
    sign(manifest);
    pull("strict");
    store.uses().checkTrust(local, "strict", name());
    assertThat(List.of(local.repoTags())).isNotEmpty();
  }
}
