package io.crij.netns;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class NetworkChangesTest {
  private final NetworkChanges changes = new NetworkChanges();

  @Test
  void eachChangeIsToldOnce() {
    assertThat(changes.toTell(NetworkStatus.READY)).as("it has been there from the start").isEmpty();
    assertThat(changes.toTell(NetworkStatus.notReady("The folder is empty."))).hasValue("New pods wait for a network. The folder is empty.");
    assertThat(changes.toTell(NetworkStatus.notReady("The folder is empty."))).as("nothing has changed").isEmpty();
    assertThat(changes.toTell(NetworkStatus.notReady("A plugin is missing."))).hasValue("New pods wait for a network. A plugin is missing.");
    assertThat(changes.toTell(NetworkStatus.READY)).hasValue("Pods can be connected to the network again.");
    assertThat(changes.toTell(NetworkStatus.READY)).isEmpty();
  }
}
