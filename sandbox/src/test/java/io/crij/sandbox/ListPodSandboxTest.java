package io.crij.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crij.core.CriException;
import io.crij.core.ObjectId;
import io.crij.cri.ListPodSandboxRequest;
import io.crij.cri.PodSandboxConfig;
import io.crij.cri.PodSandboxFilter;
import io.crij.cri.PodSandboxState;
import io.crij.cri.PodSandboxStateValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ListPodSandboxTest {
  @TempDir Path scratch;
  private SandboxStore store;

  @BeforeEach
  void start() throws IOException {
    Folders folders = new Folders(scratch, scratch, scratch);
    Files.createDirectories(folders.records());
    store = new SandboxStore(folders);
    add("aa", "web", SandboxState.READY, 3);
    add("ab", "db", SandboxState.NOTREADY, 2);
    add("b", "new", SandboxState.CREATING, 1);
    add("c", "old", SandboxState.REMOVING, 1);
  }

  private void add(String prefix, String name, SandboxState state, long createdAt) throws IOException {
    String id = prefix + "0".repeat(64 - prefix.length());
    PodSandboxConfig config = Pods.config(name).putLabels("tier", "x").build();
    store.add(
        new SandboxRecord(id, SandboxRecord.encode(config), "crij", state, createdAt, true, List.of(), null, "/crij/pod" + id, List.of(), List.of()),
        config);
  }

  private List<String> names(PodSandboxFilter.Builder filter) {
    return new ListPodSandbox(store)
        .run(ListPodSandboxRequest.newBuilder().setFilter(filter).build())
        .getItemsList().stream().map(item -> item.getMetadata().getName()).toList();
  }

  private static PodSandboxStateValue.Builder state(PodSandboxState state) {
    return PodSandboxStateValue.newBuilder().setState(state);
  }

  @Test
  void allThatAreThereOldestFirst() {
    assertThat(names(PodSandboxFilter.newBuilder())).containsExactly("old", "db", "web");
    assertThat(new ListPodSandbox(store).run(ListPodSandboxRequest.getDefaultInstance()).getItems(2).getRuntimeHandler()).isEqualTo("crij");
  }

  @Test
  void everythingAskedForMustBeTrue() {
    assertThat(names(PodSandboxFilter.newBuilder().setId("a"))).containsExactly("db", "web");
    assertThat(names(PodSandboxFilter.newBuilder().setState(state(PodSandboxState.SANDBOX_NOTREADY)))).containsExactly("old", "db");
    assertThat(names(PodSandboxFilter.newBuilder().setState(state(PodSandboxState.SANDBOX_READY)))).containsExactly("web");
    assertThat(names(PodSandboxFilter.newBuilder().putLabelSelector("app", "db").putLabelSelector("tier", "x"))).containsExactly("db");
    assertThat(names(PodSandboxFilter.newBuilder().setId("a").putLabelSelector("app", "old"))).isEmpty();
    assertThat(names(PodSandboxFilter.newBuilder().setId("ffff"))).isEmpty();
  }

  @Test
  void lookupsTakeABeginningThatIsUnique() {
    assertThat(store.find("ab").map(Sandbox::id)).contains(new ObjectId("ab" + "0".repeat(62)));
    assertThat(store.find("b")).isEmpty();
    assertThat(store.find("no hex")).isEmpty();
    assertThatThrownBy(() -> store.find("a")).isInstanceOf(CriException.class).hasMessageContaining("more than one");
  }
}
