package io.crij.image.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crij.image.content.Reference;
import java.util.List;
import org.junit.jupiter.api.Test;

class RegistriesConfTest {
  @Test
  void whatAsksForCredentialProgramsIsNamed() {
    assertThat(RegistriesConf.unserved("credential-helpers = [\"containers-auth.json\", \"secretservice\"]\nadditional-layer-store-auth-helper = \"x\""))
        .containsExactly("credential-helpers 'secretservice'", "additional-layer-store-auth-helper");
    assertThat(RegistriesConf.unserved("credential-helpers = [\"containers-auth.json\"]")).isEmpty();
    AuthFile file = AuthFile.parse("{\"auths\": {}, \"credsStore\": \"desktop\", \"credHelpers\": {\"ecr.example\": \"ecr-login\"}}");
    assertThat(file.unserved()).containsExactly("credHelpers 'ecr.example'", "credsStore");
    assertThat(AuthFile.parse("{\"auths\": {}}").unserved()).isEmpty();
  }

  private static final String DIGEST = "@sha256:" + "0123456789abcdef".repeat(4);

  private static List<String> places(String conf, String reference) {
    return RegistriesConf.parse(conf).places(Reference.parse(reference)).stream()
        .map(place -> place.host() + "/" + place.repository() + (place.insecure() ? " insecure" : ""))
        .toList();
  }

  @Test
  void theLongestPrefixWinsAndItsLocationTakesItsPlace() {
    String conf =
        """
        [[registry]]
        prefix = "example.com"
        location = "far.example"
        [[registry]]
        prefix = "example.com/foo"
        location = "internal.example:5000/bar"
        insecure = true
        [[registry]]
        prefix = "example.com/foo/app:special"
        location = "special.example/one"
        """;
    assertThat(places(conf, "example.com/foo/app:1")).containsExactly("internal.example:5000/bar/app insecure");
    assertThat(places(conf, "example.com/foo/app:special")).containsExactly("special.example/one");
    assertThat(places(conf, "example.com/foobar/app:1")).containsExactly("far.example/foobar/app");
    assertThat(places(conf, "example.com:5000/foo/app:1")).as("the port ends the prefix, too").containsExactly("far.example:5000/foo/app");
    assertThat(places(conf, "example.org/foo/app:1")).containsExactly("example.org/foo/app");
  }

  @Test
  void mirrorsComeFirstForTheReferencesTheyAreMeantFor() {
    String conf =
        """
        [[registry]]
        location = "docker.io"
        [[registry.mirror]]
        location = "all.example/hub"
        [[registry.mirror]]
        location = "digests.example"
        pull-from-mirror = "digest-only"
        insecure = true
        [[registry.mirror]]
        location = "tags.example"
        pull-from-mirror = "tag-only"
        """;
    assertThat(places(conf, "busybox:1")).containsExactly("all.example/hub/library/busybox", "tags.example/library/busybox", "docker.io/library/busybox");
    assertThat(places(conf, "busybox" + DIGEST))
        .containsExactly("all.example/hub/library/busybox", "digests.example/library/busybox insecure", "docker.io/library/busybox");
    String digestsOnly = "[[registry]]\nprefix = \"a.example\"\nlocation = \"a.example\"\nmirror-by-digest-only = true\n[[registry.mirror]]\nlocation = \"m.example\"\n";
    assertThat(places(digestsOnly, "a.example/x:1")).containsExactly("a.example/x");
    assertThat(places(digestsOnly, "a.example/x" + DIGEST)).containsExactly("m.example/x", "a.example/x");
  }

  @Test
  void wildcardsMatchSubdomainsOnly() {
    String conf = "[[registry]]\nprefix = \"*.example.com\"\ninsecure = true\n";
    assertThat(places(conf, "a.example.com/x:1")).containsExactly("a.example.com/x insecure");
    assertThat(places(conf, "a.b.example.com:5000/x:1")).containsExactly("a.b.example.com:5000/x insecure");
    assertThat(places(conf, "example.com/x:1")).containsExactly("example.com/x");
    assertThat(places(conf, "evil.test/a.example.com/x:1")).containsExactly("evil.test/a.example.com/x");
  }

  @Test
  void blockedNamesAreRefused() {
    assertThatThrownBy(() -> places("[[registry]]\nprefix = \"bad.example/team\"\nlocation = \"bad.example/team\"\nblocked = true\n", "bad.example/team/x:1"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("bad.example/team");
  }

  @Test
  void shortNamesMeanWhatTheFileSays() {
    RegistriesConf none = RegistriesConf.parse("");
    assertThat(none.expand("busybox:1")).containsExactly("busybox:1");
    RegistriesConf aliases = RegistriesConf.parse("unqualified-search-registries = [\"a.example\", \"b.example\"]\n[aliases]\n\"box\" = \"quay.example/team/box\"\n");
    assertThat(aliases.expand("box")).containsExactly("quay.example/team/box");
    assertThat(aliases.expand("box:2")).containsExactly("quay.example/team/box:2");
    assertThat(aliases.expand("box" + DIGEST)).containsExactly("quay.example/team/box" + DIGEST);
    assertThat(aliases.expand("full.example/box:2")).containsExactly("full.example/box:2");
    assertThat(aliases.expand("localhost/box")).containsExactly("localhost/box");
    assertThatThrownBy(() -> aliases.expand("other")).hasMessageContaining("a.example and b.example");
    assertThat(RegistriesConf.parse("unqualified-search-registries = [\"a.example\"]").expand("team/x:1")).containsExactly("a.example/team/x:1");
    assertThat(RegistriesConf.parse("unqualified-search-registries = [\"a.example\", \"b.example\"]\nshort-name-mode = \"permissive\"").expand("x"))
        .containsExactly("a.example/x", "b.example/x");
  }

  @Test
  void laterFilesWin() {
    RegistriesConf first = RegistriesConf.parse("unqualified-search-registries = [\"a.example\"]\n[aliases]\nx = \"a.example/x\"\ny = \"a.example/y\"\n[[registry]]\nlocation = \"r.example\"\n");
    RegistriesConf later = RegistriesConf.parse("[aliases]\nx = \"\"\n[[registry]]\nlocation = \"r.example\"\nblocked = true\n");
    RegistriesConf both = first.with(later, false);
    assertThat(both.expand("x")).containsExactly("a.example/x");
    assertThat(both.expand("y")).containsExactly("a.example/y");
    assertThatThrownBy(() -> both.places(Reference.parse("r.example/z:1"))).hasMessageContaining("blocks");
  }

  @Test
  void mistakesAreNamed() {
    for (String text :
        List.of(
            "registries = 1",
            "[registries.search]\nregistries = [\"docker.io\"]",
            "[[registry]]\ninsecure = true",
            "[[registry]]\nlocation = \"https://x.example\"",
            "[[registry]]\nlocation = \"x.example\"\nblokced = true",
            "[[registry]]\nlocation = \"x.example\"\nblocked = \"yes\"",
            "[[registry]]\nlocation = \"x.example\"\nmirror-by-digest-only = true\n[[registry.mirror]]\nlocation = \"m\"\npull-from-mirror = \"all\"",
            "[registry]\nlocation = \"x.example\"",
            "short-name-mode = \"loose\"",
            "unqualified-search-registries = \"a\\nb\"",
            "[aliases]\nx = 1",
            "no toml")) {
      assertThatThrownBy(() -> RegistriesConf.parse(text)).as(text).isInstanceOf(IllegalArgumentException.class);
    }
  }
}
