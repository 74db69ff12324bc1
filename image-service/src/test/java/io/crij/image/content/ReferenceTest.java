package io.crij.image.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crij.core.CriException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReferenceTest {
  private static final String HEX = "0123456789abcdef".repeat(4);

  @ParameterizedTest
  @CsvSource({
    "busybox, docker.io/library/busybox:latest",
    "busybox:1.36, docker.io/library/busybox:1.36",
    "team/app, docker.io/team/app:latest",
    "index.docker.io/library/a, docker.io/library/a:latest",
    "docker.io/a, docker.io/library/a:latest",
    "localhost/app, localhost/app:latest",
    "localhost:5000/app:2, localhost:5000/app:2",
    "127.0.0.1:5000/a/b/c, 127.0.0.1:5000/a/b/c:latest",
    "registry.k8s.io/e2e-test-images/busybox:1.29-2, registry.k8s.io/e2e-test-images/busybox:1.29-2",
    "[::1]:5000/a, [::1]:5000/a:latest",
    "a/b__c.d-e---f:T_1, docker.io/a/b__c.d-e---f:T_1"
  })
  void shortNamesAreMadeFull(String text, String full) {
    assertThat(Reference.parse(text)).hasToString(full);
  }

  @Test
  void aDigestOutranksATag() {
    Reference reference = Reference.parse("host.example/app:1@sha256:" + HEX);
    assertThat(reference.tag()).isNull();
    assertThat(reference).hasToString("host.example/app@sha256:" + HEX);
    assertThat(reference.selector()).isEqualTo("sha256:" + HEX);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", "/", "a//b", "A/b/c:", "app:", "app:-x", "UPPER", "a/../b", "a@sha256:00", "a@md5:00", "a@", "a b", "host.example/",
        "-x", "a/b-", "a..b", "http://host/a", "a:1:2", "a\u0000b", "a%2fb", "x@sha256:0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef"
      })
  void everythingElseIsRefusedWithItsPlace(String text) {
    assertThatThrownBy(() -> Reference.parse(text)).isInstanceOf(CriException.class).hasMessageContaining("image reference");
  }

  @Test
  void aLoginBeforeTheHostIsRefusedAndNotRepeated() {
    assertThatThrownBy(() -> Reference.parse("me:hunter2@registry.example/app:1")).hasMessageContaining("a login before the host").hasMessageNotContaining("hunter2");
    assertThat(Reference.printable("me:hunter2@registry.example/app:1")).isEqualTo("…@registry.example/app:1");
    assertThat(Reference.printable("app:1@sha256:" + "0".repeat(64))).startsWith("app:1@sha256:0");
  }
}
