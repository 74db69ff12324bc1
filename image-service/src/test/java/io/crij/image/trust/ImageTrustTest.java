package io.crij.image.trust;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.image.FakeRegistry;
import io.crij.image.content.Digest;
import io.crij.image.content.Reference;
import io.crij.image.registry.Credentials;
import io.crij.image.registry.Registries;
import io.crij.image.registry.RegistrySettings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Images signed as cosign signs them, policies as administrators write them. */
class ImageTrustTest {
  private static final Digest IMAGE = Digest.of("an image".getBytes(StandardCharsets.UTF_8));
  private static final Digest INSTANCE = Digest.of("its manifest for this node".getBytes(StandardCharsets.UTF_8));

  @TempDir Path folder;
  private FakeRegistry registry;
  private KeyPair key;

  @BeforeEach
  void start() throws Exception {
    registry = new FakeRegistry();
    key = KeyPairGenerator.getInstance("EC").generateKeyPair();
  }

  @AfterEach
  void stop() {
    registry.close();
  }

  private ImageTrust trust() {
    return new ImageTrust(new TrustSettings(folder.resolve("policy.json"), folder.resolve("policies")), folder.resolve("signatures"));
  }

  private String name() {
    return registry.host() + "/team/app";
  }

  private void policy(String requirement) throws IOException {
    Files.writeString(folder.resolve("policy.json"), "{\"default\": [{\"type\": \"reject\"}], \"transports\": {\"docker\": {\"" + registry.host() + "\": [" + requirement + "]}}}");
  }

  private String signedBy(KeyPair pair, String identity) {
    String pem = "-----BEGIN PUBLIC KEY-----\n" + Base64.getMimeEncoder().encodeToString(pair.getPublic().getEncoded()) + "\n-----END PUBLIC KEY-----\n";
    String data = Base64.getEncoder().encodeToString(pem.getBytes(StandardCharsets.US_ASCII));
    return "{\"type\": \"sigstoreSigned\", \"keyData\": \"" + data + "\"" + (identity.isEmpty() ? "" : ", \"signedIdentity\": {\"type\": \"" + identity + "\"}") + "}";
  }

  private static String payload(Digest digest, String reference) {
    return "{\"critical\":{\"identity\":{\"docker-reference\":\"" + reference + "\"},\"image\":{\"docker-manifest-digest\":\"" + digest
        + "\"},\"type\":\"cosign container image signature\"},\"optional\":null}";
  }

  private void sign(Digest signed, String payload, KeyPair pair, String algorithm) throws GeneralSecurityException {
    Signature signer = Signature.getInstance(algorithm);
    signer.initSign(pair.getPrivate());
    signer.update(payload.getBytes(StandardCharsets.UTF_8));
    publish(signed, payload, Base64.getEncoder().encodeToString(signer.sign()));
  }

  private void publish(Digest signed, String payload, String signature) {
    byte[] bytes = payload.getBytes(StandardCharsets.UTF_8);
    registry.blob("team/app", bytes);
    String manifest =
        "{\"schemaVersion\":2,\"layers\":[{\"mediaType\":\"application/vnd.dev.cosign.simplesigning.v1+json\",\"size\":" + bytes.length + ",\"digest\":\""
            + Digest.of(bytes) + "\",\"annotations\":{\"dev.cosignproject.cosign/signature\":\"" + signature + "\"}}]}";
    registry.manifest("team/app", "sha256-" + signed.hex() + ".sig", "application/vnd.oci.image.manifest.v1+json", manifest.getBytes(StandardCharsets.UTF_8));
  }

  private void admit(ImageTrust trust, String namespace) throws IOException {
    Reference reference = Reference.parse(name() + ":1");
    trust.admission(reference, namespace).admit(new Registries(RegistrySettings.defaults()).client(reference, Credentials.NONE), IMAGE, INSTANCE);
  }

  private void refused(String why) {
    assertThatThrownBy(() -> admit(trust(), ""))
        .isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNKNOWN))
        .hasMessageStartingWith("SignatureValidationFailed: ")
        .hasMessageContaining(why);
  }

  @Test
  void withoutAPolicyEverythingIsTaken() throws IOException {
    admit(trust(), "default");
    trust().check("default", "", List.of(name() + ":1"), "sha256:x");
    assertThat(registry.seen()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"EC SHA256withECDSA", "RSA SHA256withRSA", "Ed25519 Ed25519"})
  void aSignatureByTheKeyIsTaken(String kind) throws Exception {
    KeyPair pair = KeyPairGenerator.getInstance(kind.split(" ")[0]).generateKeyPair();
    policy(signedBy(pair, "matchRepository"));
    refused("no signature");
    sign(IMAGE, payload(IMAGE, name()), pair, kind.split(" ")[1]);
    admit(trust(), "");
    sign(IMAGE, payload(IMAGE, name()), KeyPairGenerator.getInstance(kind.split(" ")[0]).generateKeyPair(), kind.split(" ")[1]);
    refused("none of its 1 signatures is by a key of the policy");
  }

  @Test
  void aSignatureOfTheManifestForThisPlatformCountsForTheIndex() throws Exception {
    policy(signedBy(key, "matchRepository"));
    sign(INSTANCE, payload(INSTANCE, name()), key, "SHA256withECDSA");
    admit(trust(), "");
  }

  @Test
  void aSignatureForAnotherImageOrNameDoesNotCount() throws Exception {
    policy(signedBy(key, "matchRepository"));
    Digest other = Digest.of(new byte[1]);
    sign(IMAGE, payload(other, name()), key, "SHA256withECDSA");
    refused("for another image, " + other);
    sign(IMAGE, payload(IMAGE, "evil.example/app"), key, "SHA256withECDSA");
    refused("for the name 'evil.example/app'");
    sign(IMAGE, payload(IMAGE, name()).replace("cosign container", "atomic container"), key, "SHA256withECDSA");
    refused("no statement about an image");
    publish(IMAGE, payload(IMAGE, name()), "%%%");
    refused("none of its 1 signatures");
    publish(IMAGE, payload(IMAGE, name()), "");
    refused("no signature");
  }

  @Test
  void identitiesMatchAsTheManualSays() {
    Reference tag = Reference.parse("r.example/team/app:1");
    Reference digest = Reference.parse("r.example/team/app@" + IMAGE);
    SignedIdentity usual = new SignedIdentity.RepoDigestOrExact();
    assertThat(usual.matches(tag, "r.example/team/app:1")).isTrue();
    assertThat(usual.matches(tag, "r.example/team/app:2")).isFalse();
    assertThat(usual.matches(tag, "r.example/team/app")).as("cosign's names have no tag").isFalse();
    assertThat(usual.matches(Reference.parse("r.example/team/app"), "r.example/team/app")).as("not even where the tag is latest").isFalse();
    assertThat(usual.matches(digest, "r.example/team/app")).isTrue();
    assertThat(usual.matches(digest, "r.example/team/other")).isFalse();
    assertThat(new SignedIdentity.Exact().matches(digest, "r.example/team/app:1")).isFalse();
    assertThat(new SignedIdentity.Exact().matches(digest, digest.toString())).isTrue();
    assertThat(new SignedIdentity.ExactRepository("v.example/x").matches(tag, "v.example/x:9")).isTrue();
    assertThat(new SignedIdentity.ExactReference(Reference.parse("v.example/x:9")).matches(tag, "v.example/x:8")).isFalse();
    SignedIdentity remapped = new SignedIdentity.Remapped("r.example/team", "vendor.example");
    assertThat(remapped.matches(tag, "vendor.example/app:1")).isTrue();
    assertThat(remapped.matches(tag, "r.example/team/app:1")).isFalse();
    assertThat(remapped.matches(Reference.parse("r.example/teamwork/app:1"), "r.example/teamwork/app:1")).isTrue();
  }

  @Test
  void theMostSpecificScopeCounts() throws Exception {
    String text =
        """
        {"default": [{"type": "reject"}], "transports": {"docker": {
          "": [{"type": "insecureAcceptAnything"}], "r.example": [{"type": "reject"}], "r.example/team": [{"type": "insecureAcceptAnything"}],
          "r.example/team/app:bad": [{"type": "reject"}], "*.sub.example": [{"type": "reject"}]},
          "dir": {"": [{"type": "reject"}]}}}
        """;
    Policy policy = new PolicyParser(path -> "").parse(text);
    record Expected(String name, boolean taken) {}
    for (Expected expected :
        List.of(
            new Expected("r.example/x:1", false),
            new Expected("r.example/team/app:1", true),
            new Expected("r.example/team/app:bad", false),
            new Expected("r.example/teams:1", false),
            new Expected("a.b.sub.example:5000/x:1", false),
            new Expected("sub.example/x:1", true),
            new Expected("busybox", true))) {
      boolean taken = policy.requirements(Reference.parse(expected.name)).equals(List.of(new Requirement.AcceptAnything()));
      assertThat(taken).as(expected.name).isEqualTo(expected.taken);
    }
  }

  @Test
  void aNamespaceHasItsOwnPolicy() throws IOException {
    Files.createDirectories(folder.resolve("policies"));
    Files.writeString(folder.resolve("policies/strict.json"), "{\"default\": [{\"type\": \"reject\"}]}");
    admit(trust(), "other");
    assertThatThrownBy(() -> admit(trust(), "strict")).hasMessageContaining("the policy rejects it");
    assertThatThrownBy(() -> trust().check("strict", "", List.of(name() + ":1"), "sha256:x")).hasMessageContaining("the policy rejects it");
    assertThatThrownBy(() -> admit(trust(), "../strict")).hasMessageStartingWith("SignatureValidationFailed: ");
    Reference reference = Reference.parse(name() + ":1");
    assertThat(trust().admission(reference, "other").key()).as("nothing is shared among pulls without a policy and pulls with one").isEmpty();
    Files.writeString(folder.resolve("policies/free.json"), "{\"default\": [{\"type\": \"insecureAcceptAnything\"}]}");
    assertThat(trust().admission(reference, "free").key()).isNotEmpty();
  }

  @Test
  void containersAreMadeOfImagesWhoseSignaturesWereKept() throws Exception {
    policy(signedBy(key, "matchRepository"));
    sign(IMAGE, payload(IMAGE, name()), key, "SHA256withECDSA");
    ImageTrust trust = trust();
    admit(trust, "");
    registry.close();
    List<String> names = List.of(name() + ":1", name() + "@" + IMAGE);
    trust.check("", name() + ":1", names, "sha256:x");
    trust.check("", "", names, "sha256:x");
    trust().check("", name() + ":1", names, "sha256:x");
    assertThatThrownBy(() -> trust.check("", "", List.of(name() + ":2", name() + "@" + INSTANCE), "sha256:y")).hasMessageContaining("pull it again");
    assertThatThrownBy(() -> trust.check("", "", List.of(), "sha256:z")).hasMessageStartingWith("SignatureValidationFailed: ");
    Path kept = folder.resolve("signatures").resolve(IMAGE.hex() + ".json");
    trust.retain(Set.of());
    assertThat(kept).as("a pull may still need it").exists();
    Files.setLastModifiedTime(kept, java.nio.file.attribute.FileTime.from(java.time.Instant.now().minus(java.time.Duration.ofDays(2))));
    trust.retain(Set.of(IMAGE));
    assertThat(kept).exists();
    trust.retain(Set.of());
    assertThat(kept).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{}",
        "{\"default\": []}",
        "{\"default\": [{\"type\": \"unknown\"}]}",
        "{\"default\": [{\"type\": \"reject\", \"extra\": 1}]}",
        "{\"default\": [{\"type\": \"reject\"}], \"Transports\": {}}",
        "{\"default\": [{\"type\": \"sigstoreSigned\"}]}",
        "{\"default\": [{\"type\": \"sigstoreSigned\", \"keyPath\": \"missing.pub\"}]}",
        "{\"default\": [{\"type\": \"sigstoreSigned\", \"keyData\": \"%%\"}]}",
        "{\"default\": [{\"type\": \"sigstoreSigned\", \"keyPath\": \"a\", \"keyData\": \"b\"}]}",
        "{\"default\": [{\"type\": \"insecureAcceptAnything\"}], \"default\": [{\"type\": \"reject\"}]}"
      })
  void aPolicyThatCannotBeReadKeepsEverythingOut(String text) throws IOException {
    Files.writeString(folder.resolve("policy.json"), text);
    refused("policy.json");
    assertThatThrownBy(() -> trust().check("", "", List.of(name() + ":1"), "sha256:x")).hasMessageStartingWith("SignatureValidationFailed: ");
  }

  @Test
  void whatCannotBeCheckedIsNotTaken() throws IOException {
    policy("{\"type\": \"signedBy\", \"keyType\": \"GPGKeys\", \"keyPath\": \"/x\"}");
    refused("cannot check");
    policy("{\"type\": \"sigstoreSigned\", \"fulcio\": {}}");
    refused("cannot check");
    policy("{\"type\": \"insecureAcceptAnything\"}");
    assertThatCode(() -> admit(trust(), "")).doesNotThrowAnyException();
  }
}
